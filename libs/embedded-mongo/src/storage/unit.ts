import type { Collection } from './collection.js';
import type { Entry, Range, View } from './view.js';

/** The order of two keys is the order of their bytes, and latin1 keeps it. */
const textOf = (key: Buffer) => key.toString('latin1');

interface Change {
  key: Buffer;
  /** Null for a removal. */
  value: Buffer | null;
}

/** Asked before every change that two writers could get into each other's way with. */
export interface Guard {
  claim(key: string, collection: Collection): void;
}

/**
 * Changes that become visible together or not at all, kept above what they started from. One command without a transaction
 * makes one, a transaction keeps one until it commits.
 */
export class Unit implements View {
  private readonly changes = new Map<number, Map<string, Change>>();
  readonly counts = new Map<Collection, number>();
  /** The keys that other transactions must not have touched in the meantime. */
  readonly claimed = new Set<string>();
  size = 0;

  constructor(
    readonly base: View,
    private readonly guard: Guard,
  ) {}

  get(key: Buffer): Buffer | undefined {
    const change = this.changes.get(key.readUInt32BE(0))?.get(textOf(key));
    return change ? (change.value ?? undefined) : this.base.get(key);
  }

  range(range: Range): Iterable<Entry> {
    const own = this.changes.get(range.start.readUInt32BE(0));
    return own && own.size > 0 ? this.merged(range, own) : this.base.range(range);
  }

  /** What lies below and what was changed, in one order. */
  private *merged(range: Range, own: Map<string, Change>): Iterable<Entry> {
    const [start, end] = [textOf(range.start), textOf(range.end)];
    const inside = [...own].filter(([text]) => text >= start && text < end).sort(([a], [b]) => (a < b ? -1 : 1));
    if (range.reverse) inside.reverse();
    let next = 0;
    for (const entry of this.base.range(range)) {
      const text = textOf(entry.key);
      const before = (other: string) => (range.reverse ? other > text : other < text);
      while (next < inside.length && before(inside[next]![0])) yield* present(inside[next++]![1]);
      if (inside[next]?.[0] === text) yield* present(inside[next++]![1]);
      else yield entry;
    }
    while (next < inside.length) yield* present(inside[next++]![1]);
  }

  /** Claims a document or a unique key for this writer, or throws when it belongs to another. */
  claim(key: Buffer, collection: Collection): void {
    const text = textOf(key);
    if (this.claimed.has(text)) return;
    this.guard.claim(text, collection);
    this.claimed.add(text);
  }

  put(key: Buffer, value: Buffer): void {
    this.change({ key, value });
  }

  remove(key: Buffer): void {
    this.change({ key, value: null });
  }

  private change(change: Change): void {
    const ident = change.key.readUInt32BE(0);
    let own = this.changes.get(ident);
    if (!own) this.changes.set(ident, (own = new Map<string, Change>()));
    own.set(textOf(change.key), change);
    this.size += change.value?.length ?? 0;
  }

  addCount(collection: Collection, by: number): void {
    this.counts.set(collection, (this.counts.get(collection) ?? 0) + by);
  }

  get isEmpty(): boolean {
    return this.changes.size === 0;
  }

  /** Hands all changes on; nothing may come between them. */
  applyTo(target: { put(key: Buffer, value: Buffer): void; remove(key: Buffer): void }): void {
    for (const own of this.changes.values()) {
      for (const { key, value } of own.values()) {
        if (value) target.put(key, value);
        else target.remove(key);
      }
    }
  }
}

function* present({ key, value }: Change): Iterable<Entry> {
  if (value) yield { key, value };
}
