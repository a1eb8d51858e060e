import { changeIn, changeOf, Changes, changesIn, merged, textOf, type Change } from './changes.js';
import type { Collection } from './collection.js';
import type { Entry, Range, View } from './view.js';

/** Asked before every change that two writers could get into each other's way with. */
export interface Guard {
  claim(key: string, collection: Collection): void;
}

/**
 * Changes that become visible together or not at all, kept above what they started from. One command without a transaction
 * makes one, a transaction keeps one until it commits.
 */
export class Unit implements View {
  private readonly changes = new Changes();
  readonly counts = new Map<Collection, number>();
  /** The keys that other transactions must not have touched in the meantime. */
  readonly claimed = new Set<string>();
  size = 0;

  constructor(
    readonly base: View,
    private readonly guard: Guard,
  ) {}

  get(key: Buffer): Buffer | undefined {
    const change = changeIn([this.changes], key);
    return change ? (change.value ?? undefined) : this.base.get(key);
  }

  range(range: Range): Iterable<Entry> {
    const changed = changesIn([this.changes], range);
    const below = this.base.range(range);
    return changed.length > 0 ? merged(below, changed, range.reverse) : below;
  }

  /** Claims a document or a unique key for this writer, or throws when it belongs to another. */
  claim(key: Buffer, collection: Collection): void {
    const text = textOf(key);
    if (this.claimed.has(text)) return;
    this.guard.claim(text, collection);
    this.claimed.add(text);
  }

  put(key: Buffer, value: Buffer): void {
    this.changes.set(changeOf(key, value));
    this.size += value.length;
  }

  remove(key: Buffer): void {
    this.changes.set(changeOf(key, null));
  }

  addCount(collection: Collection, by: number): void {
    this.counts.set(collection, (this.counts.get(collection) ?? 0) + by);
  }

  get isEmpty(): boolean {
    return this.changes.isEmpty;
  }

  /** Hands all changes on; nothing may come between them. */
  applyTo(target: { change(change: Change): void }): void {
    for (const change of this.changes) target.change(change);
  }
}
