import { Binary, BSONRegExp, Code, ObjectId, Timestamp } from 'bson';
import { FarDate, millisOf } from './dates.js';
import { compareNumbers } from './numbers.js';
import { isNumeric, typeName, type Doc, type Maybe, type Numeric, type TypeName, type Value } from './value.js';

/** The order of the types. Types of one rank compare by value. */
const RANKS: Readonly<Record<TypeName, number>> = {
  minKey: 1, missing: 5, null: 10, int: 15, long: 15, double: 15, decimal: 15, string: 20, object: 25, array: 30, binData: 35,
  objectId: 40, bool: 45, date: 50, timestamp: 55, regex: 60, javascript: 65, javascriptWithScope: 70, maxKey: 127,
}; // prettier-ignore

export const typeRank = (value: Maybe): number => RANKS[typeName(value)];

const order = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0);

/** The order of all values, across types, as MongoDB sorts them. A missing field comes before null. */
export function compare(a: Maybe, b: Maybe): number {
  if (a === b) return 0;
  const rank = typeRank(a);
  const other = typeRank(b);
  return rank === other ? compareSameType(a as Value, b as Value) : order(rank, other);
}

export const equal = (a: Maybe, b: Maybe): boolean => compare(a, b) === 0;

function compareSameType(a: Value, b: Value): number {
  if (isNumeric(a)) return compareNumbers(a, b as Numeric);
  if (typeof a === 'string') return compareStrings(a, b as string);
  if (typeof a === 'boolean') return order(Number(a), Number(b));
  if (a instanceof Map) return compareDocs(a, b as Doc);
  if (Array.isArray(a)) return compareArrays(a, b as Value[]);
  if (a instanceof ObjectId) return Buffer.compare(a.id, (b as ObjectId).id);
  if (a instanceof Date) return compareDates(a, b as Date);
  if (a instanceof Timestamp) return compareBigInts(unsigned(a), unsigned(b as Timestamp));
  if (a instanceof Binary) return compareBinary(a, b as Binary);
  if (a instanceof BSONRegExp) {
    const other = b as BSONRegExp;
    return compareStrings(a.pattern, other.pattern) || compareStrings(a.options, other.options);
  }
  if (a instanceof Code) return compareStrings(String(a.code), String((b as Code).code));
  return 0;
}

const compareDates = (a: Date, b: Date) =>
  a instanceof FarDate && b instanceof FarDate
    ? compareBigInts(millisOf(a), millisOf(b))
    : order(a.getTime(), b.getTime());

const unsigned = (value: Timestamp) => BigInt.asUintN(64, value.toBigInt());
const compareBigInts = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);

const ASTRAL = /[\ud800-\udfff]/;

/** Strings compare by their UTF-8 bytes; that differs from JavaScript's order only beyond the basic plane. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  if (ASTRAL.test(a) || ASTRAL.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

function compareDocs(a: Doc, b: Doc): number {
  const right = b.entries();
  for (const [key, value] of a) {
    const next = right.next();
    if (next.done) return 1;
    const [otherKey, otherValue] = next.value;
    const found =
      order(typeRank(value), typeRank(otherValue)) || compareStrings(key, otherKey) || compare(value, otherValue);
    if (found !== 0) return found;
  }
  return right.next().done ? 0 : -1;
}

function compareArrays(a: Value[], b: Value[]): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const found = compare(a[i], b[i]);
    if (found !== 0) return found;
  }
  return order(a.length, b.length);
}

function compareBinary(a: Binary, b: Binary): number {
  return (
    order(a.length(), b.length()) ||
    order(a.sub_type, b.sub_type) ||
    Buffer.compare(a.buffer.subarray(0, a.length()), b.buffer.subarray(0, b.length()))
  );
}
