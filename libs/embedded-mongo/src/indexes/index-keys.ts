import { isDoc, type Doc, type Maybe, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { isArrayIndex } from '../query/path.js';
import { encodeKey, MAX_KEY_BYTES, UNDEFINED, type KeyPart } from './key-encoding.js';
import type { IndexSpec } from './index-description.js';

export interface IndexKeys {
  /** The distinct encoded keys of one document. */
  keys: Buffer[];
  /** The values of each key, for the message of a duplicate. */
  parts: KeyPart[][];
  multikey: boolean;
}

const NONE: IndexKeys = { keys: [], parts: [], multikey: false };

/** The keys that a document has in an index: several when a field of the index leads through an array. */
export function keysOf(document: Doc, index: IndexSpec): IndexKeys {
  if (index.partial && !index.partial(document)) return NONE;
  const fields = index.paths.map((path) => extract(document, path));
  if (index.sparse && fields.every(({ values }) => values.every((value) => value === undefined))) return NONE;
  const arrays = fields.filter(({ array }) => array !== undefined);
  if (new Set(arrays.map(({ array }) => array)).size > 1) {
    const names = index.paths.filter((_path, i) => fields[i]!.array !== undefined).map((path) => path.join('.'));
    throw new MongoError('CannotIndexParallelArrays', `cannot index parallel arrays [${names.join('] [')}]`);
  }
  const rows = arrays.length === 0 ? [fields.map(({ values }) => values[0])] : combine(fields);
  return encodeRows(rows, index, arrays.length > 0);
}

function encodeRows(rows: Extracted[][], index: IndexSpec, multikey: boolean): IndexKeys {
  const found: IndexKeys = { keys: [], parts: [], multikey };
  const seen = new Set<string>();
  for (const row of rows) {
    const parts = row.map((part) => (part === undefined ? null : part));
    const key = encodeKey(parts, index.directions);
    if (key.length > MAX_KEY_BYTES)
      throw new MongoError(
        'KeyTooLong',
        `the key of index ${index.name} has ${key.length} bytes; ${MAX_KEY_BYTES} are possible here`,
      );
    const text = rows.length > 1 ? key.toString('latin1') : '';
    if (rows.length > 1 && seen.has(text)) continue;
    seen.add(text);
    found.keys.push(key);
    found.parts.push(parts);
  }
  return found;
}

type Extracted = KeyPart | undefined;
interface Field {
  /** One value per element of the array on the way, or just one. */
  values: Extracted[];
  array?: Value[];
}

/** All fields that lead through an array lead through the same one, so its elements are taken in step. */
function combine(fields: Field[]): Extracted[][] {
  const nested = fields.some(({ array, values }) => array && values.length !== array.length && array.length > 0);
  if (nested) return product(fields);
  const length = Math.max(...fields.filter(({ array }) => array).map(({ values }) => values.length));
  return Array.from({ length }, (_, i) => fields.map(({ array, values }) => (array ? values[i] : values[0])));
}

/** With arrays inside arrays every combination is kept: more keys than needed are harmless to a search, fewer would not be. */
function product(fields: Field[]): Extracted[][] {
  return fields.reduce<Extracted[][]>(
    (rows, { values }) => rows.flatMap((row) => values.map((value) => [...row, value])),
    [[]],
  );
}

function extract(value: Maybe, path: readonly string[], at = 0): Field {
  if (at === path.length) return Array.isArray(value) ? leafArray(value) : { values: [value] };
  const part = path[at]!;
  if (isDoc(value)) return extract(value.get(part), path, at + 1);
  if (!Array.isArray(value)) return { values: [undefined] };
  if (isArrayIndex(part) && !value.some((element) => isDoc(element) && element.has(part)))
    return extract(value[Number(part)], path, at + 1);
  if (value.length === 0) return { values: [undefined], array: value };
  const values = value.map((element) => (isDoc(element) ? extract(element, path, at).values : [undefined]));
  return { values: values.flat(), array: value };
}

const leafArray = (array: Value[]): Field => ({ values: array.length === 0 ? [UNDEFINED] : array, array });
