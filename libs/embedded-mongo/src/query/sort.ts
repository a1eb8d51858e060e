import { compare } from '../bson/compare.js';
import { isDoc, isNumeric, toNumber, type Doc, type Maybe, type Value } from '../bson/value.js';
import { isPause, sortedInRuns, type Pace } from '../pace.js';
import { rowsOf } from '../indexes/index-keys.js';
import { rankOf, UNDEFINED, type KeyPart } from '../indexes/key-encoding.js';
import { fieldNames, valueAt } from './path.js';
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
    if (isDoc(value)) throw new MongoError('CommandNotSupported', 'sorting by metadata is not supported');
    if (!isNumeric(value)) throw new MongoError(15974, `Illegal key in $sort specification: ${field}`);
    const direction = toNumber(value);
    if (direction !== 1 && direction !== -1)
      throw new MongoError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    return { path: field === '$natural' ? [field] : fieldNames(field), direction };
  });
}

/** The value under each sorted field; an empty array is below null and missing. */
export type SortKeys = (Maybe | KeyPart)[];

function compareKeys(a: SortKeys[number], b: SortKeys[number]): number {
  if (a === UNDEFINED || b === UNDEFINED) return order(rankOf(a ?? null), rankOf(b ?? null));
  return compare(a ?? null, b ?? null);
}

const order = (a: number, b: number) => Math.sign(a - b);

/** The keys that an index on these fields would have: of those of an array the first one in the order of the sort counts. */
export function sortKeysOf(document: Doc, fields: SortField[]): SortKeys {
  const rows = rowsOfSort(document, fields);
  return rows.reduce((best, row) => (compareSortKeys(row, best, fields) < 0 ? row : best));
}

function rowsOfSort(document: Doc, fields: SortField[]): SortKeys[] {
  try {
    return rowsOf(
      document,
      fields.map(({ path }) => path),
    ).rows;
  } catch (error) {
    if (error instanceof MongoError && error.codeName === 'CannotIndexParallelArrays')
      throw badValue('cannot sort with keys that are parallel arrays');
    throw error;
  }
}

export function compareSortKeys(a: SortKeys, b: SortKeys, fields: SortField[]): number {
  for (let i = 0; i < fields.length; i++) {
    const found = compareKeys(a[i], b[i]) * fields[i]!.direction;
    if (found !== 0) return found;
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
  const byKeys = (a: { keys: SortKeys }, b: { keys: SortKeys }) => compareSortKeys(a.keys, b.keys, fields);
  const all = pace ? yield* sortedInRuns(keyed, byKeys, pace) : keyed.sort(byKeys);
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
  const keys = (value: Value) => fields.map(({ path }) => (isDoc(value) ? valueAt(value, path) : null));
  return (a, b) => compareSortKeys(keys(a), keys(b), fields);
}
