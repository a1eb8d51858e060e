import { decode } from '../bson/decode.js';
import type { Doc } from '../bson/value.js';
import type { Scope } from '../expressions/scope.js';
import { isPause, PAUSE, spread, type Pace } from '../pace.js';
import { compileFilter } from '../query/matcher.js';
import { sorted, type SortField } from '../query/sort.js';
import type { Collection, Stored } from '../storage/collection.js';
import { keyOf, recordIdAtEnd } from '../storage/keys.js';
import type { View } from '../storage/view.js';
import { planQuery, type Plan, type Wanted } from './plan.js';

/** A document that was found; it is only taken apart when somebody looks into it. */
export class Found implements Stored {
  private decoded: Doc | undefined;

  constructor(
    readonly id: number,
    readonly bytes: Buffer,
  ) {}

  get document(): Doc {
    return (this.decoded ??= decode(this.bytes));
  }
}

export interface Search extends Wanted {
  scope: Scope;
  /** With it there are pauses among what is found. */
  pace?: Pace | undefined;
}

/** The matching documents in the wanted order, with the plan that finds them. */
export function search(view: View, collection: Collection, wanted: Search): { plan: Plan; found: Iterable<Found> } {
  const matches = compileFilter(wanted.filter, wanted.scope);
  const plan = planQuery(collection, wanted);
  const { pace } = wanted;
  const all = candidates(view, collection, plan, pace);
  const found = plan.exact ? all : filtered(all, matches);
  const bySort = wanted.sort.filter(({ path }) => path[0] !== '$natural');
  return { plan, found: plan.sorted || bySort.length === 0 ? found : ordered(found, bySort, pace) };
}

function* filtered(all: Iterable<Found>, matches: (document: Doc) => boolean): Iterable<Found> {
  for (const found of all) if (isPause(found) || matches(found.document)) yield found;
}

/** Sorting waits until the first one is asked for. */
function* ordered(found: Iterable<Found>, sort: SortField[], pace?: Pace): Iterable<Found> {
  yield* spread(yield* sorted(found, (item) => item.document, sort, pace), pace);
}

function* candidates(view: View, collection: Collection, plan: Plan, pace?: Pace): Iterable<Found> {
  if (!plan.index) {
    for (const { key, value } of collection.records(view, plan.reverse)) {
      yield new Found(recordIdAtEnd(key), value);
      if (pace?.isDue) yield PAUSE;
    }
    return;
  }
  // A document can have several entries, and one that moves while a cursor rests could be met again.
  const seen = plan.index.multikey || plan.intervals.length > 1 ? new Set<number>() : undefined;
  for (const id of recordIds(view, plan)) {
    if (pace?.isDue) yield PAUSE;
    if (seen?.has(id)) continue;
    seen?.add(id);
    const bytes = collection.raw(view, id);
    if (bytes) yield new Found(id, bytes);
  }
}

function* recordIds(view: View, { index, intervals, reverse }: Plan): Iterable<number> {
  const { ident, unique, paths } = index!;
  const list = reverse ? [...intervals].reverse() : intervals;
  for (const { low, high } of list) {
    const start = keyOf(ident, low);
    if (unique && paths.length === 1 && low.length > 0) {
      const value = view.get(start);
      // A whole key is found at once; a bound that is no key finds nothing and is searched as a range below.
      if (value && isWholeKey(low, high)) {
        yield recordIdAtEnd(value);
        continue;
      }
    }
    const end = low.length === 0 ? keyOf(ident + 1, low) : keyOf(ident, high);
    for (const { key, value } of view.range({ start, end, reverse })) yield recordIdAtEnd(unique ? value : key);
  }
}

/** Whether the interval is that of one key: its end differs in the last byte only. */
const isWholeKey = (low: Buffer, high: Buffer) =>
  low.length === high.length && low.subarray(0, -1).equals(high.subarray(0, -1)) && high.at(-1) === low.at(-1)! + 1;
