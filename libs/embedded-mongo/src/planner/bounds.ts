import { encodePart, inverted, MAX_KEY_BYTES, rankOf, UNDEFINED } from '../indexes/key-encoding.js';
import type { IndexSpec } from '../indexes/index-description.js';
import { MongoError } from '../errors/mongo-error.js';
import { isArrayIndex } from '../query/path.js';
import { afterPrefix } from '../storage/keys.js';
import type { Condition } from './conditions.js';
import type { Value } from '../bson/value.js';

/** Encoded keys from `low` up to, and without, `high`. */
export interface Interval {
  low: Buffer;
  high: Buffer;
}

export interface Bounds {
  intervals: Interval[];
  /** How many leading fields have one or several exact values. */
  points: number;
  /** How many of them have exactly one. */
  single: number;
  ranged: boolean;
}

/** More combinations of `$in` lists than this are not worth as many searches. */
const MAX_INTERVALS = 500;

export function boundsOf(index: IndexSpec, conditions: Condition[]): Bounds {
  let prefixes: Buffer[] = [Buffer.alloc(0)];
  let [points, single] = [0, 0];
  const fields = [...index.key.keys()];
  for (const [at, field] of fields.entries()) {
    if (!usable(index, fields, at)) break;
    const own = conditions.filter((condition) => condition.path === field && findable(condition));
    const exact = bestPoints(own);
    const direction = index.directions[at]!;
    if (exact && !exact.includes(null) && prefixes.length * exact.length <= MAX_INTERVALS) {
      const parts = distinct(exact.map((value) => part(value, direction)));
      const longer = prefixes.flatMap((prefix) => parts.map((bytes) => Buffer.concat([prefix, bytes])));
      if (longer.some(isTooLong)) break;
      prefixes = longer;
      points++;
      if (parts.length === 1 && single === at) single++;
      continue;
    }
    const range = exact ? undefined : rangeOf(own, index.multikey);
    const interval = exact?.length === 1 ? nullInterval() : range;
    if (!interval) break;
    const { low, high } = direction === -1 ? flipped(interval) : interval;
    const intervals = prefixes.map((prefix) => ({
      low: Buffer.concat([prefix, low]),
      high: Buffer.concat([prefix, high]),
    }));
    if (intervals.some((one) => isTooLong(one.low) || isTooLong(one.high))) break;
    return { intervals: sorted(intervals), points, single, ranged: true };
  }
  const intervals = prefixes.map((prefix) => ({ low: prefix, high: afterPrefix(prefix) }));
  return { intervals: sorted(intervals), points, single, ranged: false };
}

const isTooLong = (bytes: Buffer) => bytes.length > MAX_KEY_BYTES;

/** Whether every match has an entry with such a value. Values that have no encoding are in no index, but the scan decides. */
function findable({ path, points, range }: Condition): boolean {
  // An element without the field is missing something for a filter, but not for an index on a position.
  if (points?.includes(null) && path.split('.').some(isArrayIndex)) return false;
  try {
    for (const value of points ?? (range ? [range.value] : [])) encodePart(value);
    return true;
  } catch (error) {
    if (error instanceof MongoError && error.codeName === 'KeyTooLong') return false;
    throw error;
  }
}

/**
 * In a multikey index two fields of one array must not be bounded together: the filter may find them in different elements, but
 * an entry holds them of the same one.
 */
function usable(index: IndexSpec, fields: string[], at: number): boolean {
  if (!index.multikey || at === 0) return true;
  const root = (field: string) => field.split('.')[0];
  return fields.slice(0, at).every((field) => root(field) !== root(fields[at]!));
}

function bestPoints(conditions: Condition[]): Value[] | undefined {
  const lists = conditions.flatMap(({ points }) => (points ? [points] : []));
  return lists.sort((a, b) => a.length - b.length)[0];
}

function part(value: Value, direction: number): Buffer {
  const bytes = Buffer.from(encodePart(value));
  return direction === -1 ? inverted(bytes) : bytes;
}

const distinct = (parts: Buffer[]) => [...new Map(parts.map((bytes) => [bytes.toString('latin1'), bytes])).values()];
const sorted = (intervals: Interval[]) => intervals.sort((a, b) => Buffer.compare(a.low, b.low));

/** Null finds missing fields and, inside arrays, empty ones too. */
const nullInterval = (): Interval => ({ low: Buffer.from([rankOf(UNDEFINED)]), high: Buffer.from([rankOf(null) + 1]) });

function rangeOf(conditions: Condition[], multikey: boolean): Interval | undefined {
  let found: Interval | undefined;
  for (const { range } of conditions) {
    if (!range) continue;
    const next = intervalOf(range.operator, range.value);
    // Two bounds on an array may be met by two different elements, so only one of them can be used.
    if (found && multikey) return found;
    found = found ? narrowed(found, next) : next;
  }
  return found;
}

function intervalOf(operator: string, value: Value): Interval {
  const bytes = Buffer.from(encodePart(value));
  const rank = rankOf(value);
  const [first, last] = [Buffer.from([rank]), Buffer.from([rank + 1])];
  if (operator === '$gt') return { low: afterPrefix(bytes), high: last };
  if (operator === '$gte') return { low: bytes, high: last };
  if (operator === '$lt') return { low: first, high: bytes };
  return { low: first, high: afterPrefix(bytes) };
}

function narrowed(a: Interval, b: Interval): Interval {
  return {
    low: Buffer.compare(a.low, b.low) > 0 ? a.low : b.low,
    high: Buffer.compare(a.high, b.high) < 0 ? a.high : b.high,
  };
}

function flipped({ low, high }: Interval): Interval {
  return { low: afterPrefix(inverted(Buffer.from(high))), high: afterPrefix(inverted(Buffer.from(low))) };
}
