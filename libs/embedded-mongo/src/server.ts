import { chmodSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server as NetServer } from 'node:net';
import { ObjectId } from 'bson';
import { type Address, nameOf } from './address.js';
import { guarded, type Clock } from './clock.js';
import { Cursors } from './commands/cursors.js';
import type { FailPoints } from './fail-points.js';
import type { Log } from './log.js';
import { Connection } from './protocol/connection.js';
import { ReplicaSet } from './replica-set.js';
import { Catalog } from './storage/catalog.js';
import { Storage } from './storage/storage.js';
import { Engine } from './transactions/engine.js';
import { Sessions } from './transactions/sessions.js';

export interface ServerOptions {
  path: string;
  clock: Clock;
  log: Log;
  failPoints?: FailPoints | undefined;
}

/** Everything that belongs to one running database. */
export class Server {
  readonly clock: Clock;
  readonly log: Log;
  readonly failPoints: FailPoints | undefined;
  readonly storage: Storage;
  readonly catalog: Catalog;
  readonly engine: Engine;
  readonly sessions: Sessions;
  readonly cursors: Cursors;
  readonly replicaSet: ReplicaSet;
  stopping = false;
  readonly electionId = new ObjectId('7fffffff0000000000000001');
  private readonly listener: NetServer;
  private readonly connections = new Set<Connection>();
  private address = '';

  constructor({ path, clock, log, failPoints }: ServerOptions) {
    this.log = log;
    this.clock = guarded(clock, (error) => log.error(`an alarm failed: ${error.stack ?? error.message}`));
    this.failPoints = failPoints;
    this.storage = Storage.open(path);
    this.catalog = new Catalog(this.storage, () => clock.now());
    this.engine = new Engine(this.storage, this.catalog, this.clock);
    this.sessions = new Sessions(this.engine, this.clock);
    this.cursors = new Cursors(this.clock);
    this.replicaSet = new ReplicaSet(this.storage, () => this.address);
    this.sessions.onEnd = (session) => this.cursors.sessionEnded(session);
    this.storage.onFailure = () => {
      log.error('the disk refused to take what was written; it was not acknowledged and is gone');
      this.engine.abortAll();
      this.catalog.reload();
    };
    this.listener = createServer((socket) => {
      const connection = new Connection(socket, this);
      this.connections.add(connection);
      socket.on('close', () => this.connectionClosed(connection));
    });
  }

  /** @returns the address, with the port that was taken where any was asked for */
  async listen(wanted: Address): Promise<Address> {
    if (!('socket' in wanted)) {
      await this.listenAt(wanted);
      return this.known({ host: wanted.host, port: (this.listener.address() as AddressInfo).port });
    }
    // The directory is locked, so a socket that is there was left behind by a process that was killed.
    rmSync(wanted.socket, { force: true });
    await this.listenAt({ path: wanted.socket });
    chmodSync(wanted.socket, 0o600);
    return this.known(wanted);
  }

  private listenAt(where: { path: string } | { host: string; port: number }): Promise<void> {
    return new Promise((resolve, reject) => {
      this.listener.once('error', reject);
      this.listener.listen({ ...where, backlog: 1024 }, () => {
        this.listener.off('error', reject);
        resolve();
      });
    });
  }

  private known(address: Address): Address {
    this.address = nameOf(address);
    return address;
  }

  private connectionClosed(connection: Connection): void {
    this.connections.delete(connection);
    this.sessions.connectionClosed(connection);
    this.cursors.connectionClosed(connection);
  }

  /** Open transactions are given up; everything acknowledged is on the disk when this is done. */
  async stop(): Promise<void> {
    this.stopping = true;
    const closed = new Promise<void>((resolve) => this.listener.close(() => resolve()));
    for (const connection of this.connections) connection.close();
    this.engine.abortAll();
    if (this.listener.listening) await closed;
    await this.storage.close();
  }
}
