import { Binary, BSONRegExp, Code, Decimal128, Double, type MaxKey, MinKey, ObjectId, Timestamp } from 'bson';

/**
 * A document in memory. A Map and not an object: an object would move keys that look like numbers to the front, and the
 * order of fields is part of a document's value.
 */
export type Doc = Map<string, Value>;

/**
 * How the BSON types are kept apart: a `number` that is a 32-bit integer is an int32, any other `number` is a double, a double
 * that happens to hold a 32-bit integer is a `Double`, and a `bigint` is an int64.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Double
  | Decimal128
  | ObjectId
  | Binary
  | Date
  | Timestamp
  | BSONRegExp
  | MinKey
  | MaxKey
  | Code
  | Value[]
  | Doc;

/** A value, or nothing at all: a missing field is not null. */
export type Maybe = Value | undefined;

export type Numeric = number | bigint | Double | Decimal128;

export const isInt32 = (n: number): boolean => (n | 0) === n && !Object.is(n, -0);

/** The double with this value. */
export const double = (n: number): Value => (isInt32(n) ? new Double(n) : n);

export const isDoc = (value: unknown): value is Doc => value instanceof Map;

export const isNumeric = (value: unknown): value is Numeric =>
  typeof value === 'number' || typeof value === 'bigint' || value instanceof Double || value instanceof Decimal128;

export function doc(entries: Record<string, Value | undefined> = {}): Doc {
  const out: Doc = new Map();
  for (const [key, value] of Object.entries(entries)) if (value !== undefined) out.set(key, value);
  return out;
}

/** The number as JavaScript has it; an int64 or Decimal128 beyond 2^53 loses digits, so this is for counts and sizes only. */
export function toNumber(value: Numeric): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Double ? value.value : Number(value.toString());
}

export type TypeName =
  | 'minKey'
  | 'null'
  | 'int'
  | 'long'
  | 'double'
  | 'decimal'
  | 'string'
  | 'object'
  | 'array'
  | 'binData'
  | 'objectId'
  | 'bool'
  | 'date'
  | 'timestamp'
  | 'regex'
  | 'javascript'
  | 'javascriptWithScope'
  | 'maxKey'
  | 'missing';

/** The names that `$type` uses, with their numbers in BSON. */
export const TYPE_CODES: Readonly<Record<string, number>> = {
  double: 1, string: 2, object: 3, array: 4, binData: 5, undefined: 6, objectId: 7, bool: 8, date: 9, null: 10, regex: 11,
  dbPointer: 12, javascript: 13, symbol: 14, javascriptWithScope: 15, int: 16, timestamp: 17, long: 18, decimal: 19,
  minKey: -1, maxKey: 127,
}; // prettier-ignore

export function typeName(value: Maybe): TypeName {
  switch (typeof value) {
    case 'undefined':
      return 'missing';
    case 'boolean':
      return 'bool';
    case 'number':
      return isInt32(value) ? 'int' : 'double';
    case 'bigint':
      return 'long';
    case 'string':
      return 'string';
    default:
      return objectTypeName(value);
  }
}

function objectTypeName(value: Exclude<Value, boolean | number | bigint | string>): TypeName {
  if (value === null) return 'null';
  if (value instanceof Map) return 'object';
  if (Array.isArray(value)) return 'array';
  if (value instanceof ObjectId) return 'objectId';
  if (value instanceof Date) return 'date';
  if (value instanceof Double) return 'double';
  if (value instanceof Decimal128) return 'decimal';
  if (value instanceof Binary) return 'binData';
  if (value instanceof Timestamp) return 'timestamp';
  if (value instanceof BSONRegExp) return 'regex';
  if (value instanceof Code) return value.scope ? 'javascriptWithScope' : 'javascript';
  return value instanceof MinKey ? 'minKey' : 'maxKey';
}
