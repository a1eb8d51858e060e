import type { Entry, Range } from './view.js';

/** The order of two keys is the order of their bytes, and latin1 keeps it. */
export const textOf = (key: Buffer) => key.toString('latin1');

export interface Change {
  key: Buffer;
  /** The key as text. */
  text: string;
  /** Null for a removal. */
  value: Buffer | null;
}

export const changeOf = (key: Buffer, value: Buffer | null): Change => ({ key, text: textOf(key), value });

/** What was written above some state: the last change of each key. */
export class Changes implements Iterable<Change> {
  private readonly byIdent = new Map<number, Map<string, Change>>();

  get isEmpty(): boolean {
    return this.byIdent.size === 0;
  }

  find(ident: number, text: string): Change | undefined {
    return this.byIdent.get(ident)?.get(text);
  }

  set(change: Change): void {
    const ident = change.key.readUInt32BE(0);
    let own = this.byIdent.get(ident);
    if (!own) this.byIdent.set(ident, (own = new Map<string, Change>()));
    own.set(change.text, change);
  }

  /** The changes between two keys of one ident, unordered. */
  inside({ start, end }: Range): Change[] {
    const own = this.byIdent.get(start.readUInt32BE(0));
    if (!own) return [];
    const [from, to] = [textOf(start), textOf(end)];
    const found: Change[] = [];
    for (const [text, change] of own) if (text >= from && text < to) found.push(change);
    return found;
  }

  *[Symbol.iterator](): Iterator<Change> {
    for (const own of this.byIdent.values()) yield* own.values();
  }
}

/** The last change of a key by any of these, of which a later one counts more. */
export function changeIn(layers: readonly Changes[], key: Buffer): Change | undefined {
  if (layers.length === 0) return undefined;
  const [ident, text] = [key.readUInt32BE(0), textOf(key)];
  for (let i = layers.length - 1; i >= 0; i--) {
    const change = layers[i]!.find(ident, text);
    if (change) return change;
  }
  return undefined;
}

/** What was changed inside a range by any of these, of which a later one counts more, in the order of the range. */
export function changesIn(layers: readonly Changes[], range: Range): Change[] {
  const found = layers.map((layer) => layer.inside(range)).filter(({ length }) => length > 0);
  if (found.length === 0) return [];
  const all = found.flat();
  const newest = found.length === 1 ? all : [...new Map(all.map((change) => [change.text, change])).values()];
  newest.sort((a, b) => (a.text < b.text ? -1 : 1));
  return range.reverse ? newest.reverse() : newest;
}

/** What lies below and what was changed above it, in one order. */
export function* merged(below: Iterable<Entry>, changed: Change[], reverse = false): Iterable<Entry> {
  let next = 0;
  for (const entry of below) {
    const text = textOf(entry.key);
    const before = (other: string) => (reverse ? other > text : other < text);
    while (next < changed.length && before(changed[next]!.text)) yield* present(changed[next++]!);
    if (changed[next]?.text === text) yield* present(changed[next++]!);
    else yield entry;
  }
  while (next < changed.length) yield* present(changed[next++]!);
}

function* present({ key, value }: Change): Iterable<Entry> {
  if (value) yield { key, value };
}
