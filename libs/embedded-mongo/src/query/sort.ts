import { compare } from '../bson/compare.js';
import { isDoc, isNumeric, toNumber, type Doc, type Maybe, type Value } from '../bson/value.js';
import { isPause, sortedInRuns, type Pace } from '../pace.js';
import { badValue, MongoError, typeMismatch } from '../errors/mongo-error.js';

export type Comparator<T> = (a: T, b: T) => number;
export interface SortField {
  path: string[];
  direction: 1 | -1;
}

export function parseSort(spec: Maybe): SortField[] {
  if (spec === undefined || spec === null) return [];
  if (!isDoc(spec)) throw typeMismatch('Expected field sort to be of type object');
  return [...spec].map(([field, value]) => {
    if (isDoc(value)) throw badValue('sorting by metadata is not supported');
    const direction = isNumeric(value) ? toNumber(value) : 0;
    if (direction !== 1 && direction !== -1)
      throw new MongoError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    if (field === '') throw new MongoError(15976, 'FieldPath cannot be constructed with empty string');
    return { path: field.split('.'), direction };
  });
}

/** Below null and missing: an empty array sorts before everything but MinKey. */
const EMPTY = Symbol('empty');
type Key = Maybe | typeof EMPTY;

export const compareKeys = (a: Key, b: Key): number => {
  if (a === EMPTY || b === EMPTY) return a === b ? 0 : a === EMPTY ? -1 : 1;
  return compare(a ?? null, b ?? null);
};

/** An array sorts by its least element upwards and by its greatest downwards. */
export function sortKey(document: Maybe, { path, direction }: SortField): Key {
  let best: Key;
  let found = false;
  const offer = (key: Key) => {
    if (!found || compareKeys(key, best) * direction < 0) best = key;
    found = true;
  };
  collect(document, path, 0, offer);
  return best;
}

function collect(value: Maybe, path: string[], at: number, offer: (key: Key) => void): void {
  if (at === path.length) {
    if (!Array.isArray(value)) offer(value ?? null);
    else if (value.length === 0) offer(EMPTY);
    else for (const element of value) offer(element);
    return;
  }
  if (isDoc(value)) return collect(value.get(path[at]!), path, at + 1, offer);
  if (!Array.isArray(value)) return offer(null);
  if (/^\d+$/.test(path[at]!)) return collect(value[Number(path[at])], path, at + 1, offer);
  if (value.length === 0) return offer(null);
  for (const element of value) {
    if (isDoc(element)) collect(element, path, at, offer);
    else offer(null);
  }
}

export type SortKeys = Key[];
export const sortKeysOf = (document: Doc, fields: SortField[]): SortKeys =>
  fields.map((field) => sortKey(document, field));

export function compareSortKeys(a: SortKeys, b: SortKeys, fields: SortField[]): number {
  for (let i = 0; i < fields.length; i++) {
    const order = compareKeys(a[i], b[i]) * fields[i]!.direction;
    if (order !== 0) return order;
  }
  return 0;
}

/** Sorts so that equal ones keep their order; only with a pace does it pause. */
export function* sorted<T>(
  items: Iterable<T>,
  documentOf: (item: T) => Doc,
  fields: SortField[],
  pace?: Pace,
): Generator<T, T[]> {
  const keyed: { item: T; keys: SortKeys }[] = [];
  for (const item of items) {
    if (isPause(item)) yield item;
    else keyed.push({ item, keys: sortKeysOf(documentOf(item), fields) });
  }
  const order = (a: { keys: SortKeys }, b: { keys: SortKeys }) => compareSortKeys(a.keys, b.keys, fields);
  const all = pace ? yield* sortedInRuns(keyed, order, pace) : keyed.sort(order);
  return all.map(({ item }) => item);
}

/** The order that `$push` with `$sort` and `$sortArray` use: by fields, or by whole values. */
export function compileSortValue(spec: Value): Comparator<Value> {
  if (isNumeric(spec)) {
    const direction = toNumber(spec);
    if (direction !== 1 && direction !== -1) throw badValue('The $sort element value must be either 1 or -1');
    return (a, b) => compare(a, b) * direction;
  }
  if (!isDoc(spec) || spec.size === 0)
    throw badValue('The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields');
  const fields = parseSort(spec);
  return (a, b) =>
    compareSortKeys(
      fields.map((field) => sortKey(a, field)),
      fields.map((field) => sortKey(b, field)),
      fields,
    );
}
