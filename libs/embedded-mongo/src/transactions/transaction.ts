import type { Collection } from '../storage/collection.js';
import { Unit } from '../storage/unit.js';
import type { View } from '../storage/view.js';

export type TransactionState = 'open' | 'committed' | 'aborted';

/** One multi-document transaction: a snapshot taken at its first command, and its own changes above it. */
export class Transaction {
  state: TransactionState = 'open';
  readonly unit: Unit;
  /** Collections that it made and nobody else can see yet, by namespace. */
  readonly created = new Map<string, Collection>();
  /** Collections that it has read or written. */
  readonly touched = new Set<Collection>();
  /** Resolves when it has ended in either way: writers that wait for its documents go on then. */
  readonly ended: Promise<void>;
  private end!: () => void;
  cancelTimer: () => void = () => undefined;

  constructor(
    readonly snapshot: View & { done(): void },
    /** The last commit that the snapshot contains. */
    readonly startedAt: number,
    claim: (transaction: Transaction, key: string, collection: Collection) => void,
  ) {
    this.unit = new Unit(snapshot, { claim: (key, collection) => claim(this, key, collection) });
    this.ended = new Promise((resolve) => (this.end = resolve));
  }

  finish(state: 'committed' | 'aborted'): void {
    this.state = state;
    this.cancelTimer();
    this.snapshot.done();
    this.end();
  }
}

/** Thrown inside a write without a transaction: it waits for the owner to end and then starts again. */
export class Blocked extends Error {
  constructor(readonly owner: Transaction) {
    super('blocked by an open transaction');
  }
}
