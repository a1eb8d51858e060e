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
  const { rows, multikey } = rowsOf(document, index.paths);
  const wanted = index.sparse ? rows.filter((row) => row.some((part) => part !== undefined)) : rows;
  return encodeRows(wanted, index, multikey);
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

/** How far one field of the key has come: at a value, or at an array with the rest of its path still to go. */
interface Reached {
  value: Maybe;
  path: readonly string[];
  at: number;
  throughArray?: boolean;
}

/** What a document has under several paths: one row for each element of the array that they lead through. */
export function rowsOf(
  document: Maybe,
  paths: readonly (readonly string[])[],
): { rows: Extracted[][]; multikey: boolean } {
  const reached = paths.map((path) => walk(document, path, 0));
  const open = reached.some(({ value }) => Array.isArray(value));
  const rows = open ? expanded(reached) : [reached.map(({ value }) => value)];
  return { rows, multikey: open || reached.some(({ throughArray }) => throughArray) };
}

/** Follows a path up to its end or to an array; an array that the path names an element of is passed through. */
function walk(value: Maybe, path: readonly string[], start: number): Reached {
  let current = value;
  let throughArray = false;
  for (let at = start; at < path.length; at++) {
    const part = path[at]!;
    if (isDoc(current)) current = current.get(part);
    else if (Array.isArray(current)) {
      if (!isPosition(current, part)) return { value: current, path, at };
      current = current[Number(part)];
      throughArray = true;
    } else return { value: undefined, path, at: path.length, throughArray };
  }
  return { value: current, path, at: path.length, throughArray };
}

/** An element that is there and a field of an element by the same name cannot be told apart. */
function isPosition(array: Value[], part: string): boolean {
  if (!isArrayIndex(part)) return false;
  if (!array.some((element) => isDoc(element) && element.has(part))) return true;
  if (Number(part) >= array.length) return false;
  throw new MongoError(
    16746,
    `Ambiguous field name found in array (do not use numeric field names in embedded elements in an array), field: '${part}'`,
  );
}

/** All fields that come to an array come to the same one, so its elements are taken in step. */
function expanded(fields: Reached[]): Extracted[][] {
  const arrays = new Set(fields.map(({ value }) => value).filter((value) => Array.isArray(value)));
  const [array] = arrays;
  if (!array) return [fields.map(({ value }) => value)];
  if (arrays.size > 1) {
    const names = fields.filter(({ value }) => Array.isArray(value)).map(({ path }) => path.join('.'));
    throw new MongoError('CannotIndexParallelArrays', `cannot index parallel arrays [${names.join('] [')}]`);
  }
  const rows: Extracted[][] = [];
  const elements: KeyPart[] = array.length === 0 ? [UNDEFINED] : array;
  for (const element of elements) rows.push(...rowsOfElement(fields, array, element));
  return rows;
}

/** The rows of one element: fields that end at the array have the element itself, the others go on inside of it. */
function rowsOfElement(fields: Reached[], array: Value[], element: KeyPart): Extracted[][] {
  const ended = fields.map(({ value, path, at }) => value === array && at === path.length);
  const inside = isDoc(element) ? element : undefined;
  const next = fields.map((field) => (field.value === array ? walk(inside, field.path, field.at) : field));
  const open = next.map((field, i) => (ended[i] ? { ...field, value: undefined } : field));
  return expanded(open).map((row) => row.map((part, i) => (ended[i] ? element : part)));
}
