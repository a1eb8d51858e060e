import { MongoError } from './errors/mongo-error.js';
import { IDENT, keyOf } from './storage/keys.js';
import type { Storage } from './storage/storage.js';

const HOST = keyOf(IDENT.settings, Buffer.from('replica-set-host'));

/** The replica set of one: what it is called by is what clients then connect to. */
export class ReplicaSet {
  private configured: string | undefined;

  constructor(
    private readonly storage: Storage,
    private readonly address: () => string,
  ) {
    this.configured = storage.get(HOST)?.toString();
  }

  get host(): string {
    return this.configured ?? this.address();
  }

  /** Asked for its state, a set that nobody has initiated says so: that is how set-up scripts find out what is to do. */
  requireInitiated(): void {
    if (!this.configured) throw new MongoError('NotYetInitialized', 'no replset config has been received');
  }

  initiate(host: string = this.address()): void {
    if (this.configured) throw new MongoError('AlreadyInitialized', 'already initialized');
    this.configured = host;
    this.storage.put(HOST, Buffer.from(host));
  }
}
