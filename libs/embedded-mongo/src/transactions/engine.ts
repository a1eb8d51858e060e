import type { Clock } from '../clock.js';
import { MongoError, writeConflict } from '../errors/mongo-error.js';
import type { Catalog } from '../storage/catalog.js';
import type { Collection } from '../storage/collection.js';
import type { Storage } from '../storage/storage.js';
import { Unit } from '../storage/unit.js';
import { Blocked, Transaction } from './transaction.js';

const LIFETIME_MS = 60_000;
/** Changes of a transaction are kept in memory until it commits, so they are bounded. */
const MAX_TRANSACTION_BYTES = 64 * 1024 * 1024;

/**
 * Snapshot isolation. A document or a unique key belongs to the first transaction that writes it: another transaction gets
 * a write conflict at once, a single write waits. A key that was committed after a transaction's snapshot is a conflict as well.
 * Transactions never wait for anything, and what waits owns nothing, so there can be no deadlock.
 */
export class Engine {
  private readonly open = new Set<Transaction>();
  private readonly owners = new Map<string, Transaction>();
  /** When each key was last committed; kept only while a transaction is open that could care. */
  private readonly recent = new Map<string, number>();
  private commits = 0;

  constructor(
    readonly storage: Storage,
    readonly catalog: Catalog,
    readonly clock: Clock,
  ) {}

  begin(): Transaction {
    const claim = (owner: Transaction, key: string, collection: Collection) => this.claimFor(owner, key, collection);
    const transaction = new Transaction(this.storage.snapshot(), this.commits, claim);
    this.open.add(transaction);
    transaction.cancelTimer = this.clock.after(LIFETIME_MS, () => this.abort(transaction));
    return transaction;
  }

  /** Changes of one command that is not in a transaction. */
  unit(): Unit {
    return new Unit(this.storage, { claim: (key) => this.refuseOwned(key) });
  }

  private refuseOwned(key: string): void {
    const owner = this.owners.get(key);
    if (owner) throw new Blocked(owner);
  }

  private claimFor(transaction: Transaction, key: string, collection: Collection): void {
    const owner = this.owners.get(key);
    if (owner && owner !== transaction) throw writeConflict();
    if ((this.recent.get(key) ?? 0) > transaction.startedAt) throw writeConflict();
    this.touch(transaction, collection);
    this.owners.set(key, transaction);
  }

  /** A collection whose indexes or options changed after the snapshot cannot be read through the snapshot. */
  touch(transaction: Transaction, collection: Collection): void {
    if (collection.changedAt > transaction.startedAt)
      throw new MongoError(
        'SnapshotUnavailable',
        `Unable to read from a snapshot due to pending collection catalog changes to collection '${collection.namespace}'`,
        { labels: ['TransientTransactionError'] },
      );
    transaction.touched.add(collection);
  }

  /** Changes to a collection itself wait until no open transaction has anything to do with it. */
  refuseTouched(collection: Collection): void {
    for (const transaction of this.open) if (transaction.touched.has(collection)) throw new Blocked(transaction);
  }

  changed(collection: Collection): void {
    collection.changedAt = ++this.commits;
  }

  /** Makes the changes visible to everybody, in one step. */
  apply(unit: Unit): void {
    if (unit.isEmpty) return;
    const at = ++this.commits;
    if (this.open.size > 0) for (const key of unit.claimed) this.recent.set(key, at);
    unit.applyTo(this.storage);
    for (const [collection, by] of unit.counts) {
      if (collection.documentCount !== undefined) collection.documentCount += by;
      if (!collection.indexes.some(({ multikey, savedMultikey }) => multikey && !savedMultikey)) continue;
      for (const index of collection.indexes) index.savedMultikey = index.multikey;
      this.catalog.save(collection, this.storage);
    }
  }

  commit(transaction: Transaction): void {
    for (const namespace of transaction.created.keys()) {
      if (this.catalog.find(...splitNamespace(namespace)))
        throw writeConflict(`Collection ${namespace} was created in the meantime`);
    }
    this.apply(transaction.unit);
    for (const collection of transaction.created.values()) this.catalog.add(collection, this.storage);
    this.finish(transaction, 'committed');
  }

  abort(transaction: Transaction): void {
    if (transaction.state === 'open') this.finish(transaction, 'aborted');
  }

  private finish(transaction: Transaction, state: 'committed' | 'aborted'): void {
    this.open.delete(transaction);
    for (const key of transaction.unit.claimed) if (this.owners.get(key) === transaction) this.owners.delete(key);
    if (this.open.size === 0) this.recent.clear();
    transaction.finish(state);
  }

  checkSize(transaction: Transaction): void {
    if (transaction.unit.size > MAX_TRANSACTION_BYTES)
      throw new MongoError(
        'TransactionTooLarge',
        `a transaction may change at most ${MAX_TRANSACTION_BYTES} bytes here`,
      );
  }

  abortAll(): void {
    for (const transaction of [...this.open]) this.abort(transaction);
  }
}

export function splitNamespace(namespace: string): [string, string] {
  const dot = namespace.indexOf('.');
  return [namespace.slice(0, dot), namespace.slice(dot + 1)];
}
