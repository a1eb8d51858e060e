import { MongoError } from '../errors/mongo-error.js';
import { isDoc, type Doc, type Maybe, type Value } from '../bson/value.js';

const INDEX = /^(0|[1-9]\d*)$/;

export const isArrayIndex = (part: string): boolean => INDEX.test(part);

/** Told of a value, and whether it is the element of an array that the end of the path names by its position. */
export type Visit = (found: Maybe, byPosition: boolean) => boolean;

/**
 * Gives `visit` every value that a filter's path leads to; true from `visit` ends the walk. Arrays on the way are entered, by
 * position as well as element by element; an array at the end is given as it is.
 */
export function anyValueAt(value: Maybe, parts: readonly string[], at: number, visit: Visit): boolean {
  if (at === parts.length) return visit(value, false);
  const part = parts[at]!;
  if (isDoc(value)) return anyValueAt(value.get(part), parts, at + 1, visit);
  if (!Array.isArray(value)) return visit(undefined, false);
  if (isArrayIndex(part) && Number(part) < value.length && anyInElement(value[Number(part)]!, parts, at + 1, visit))
    return true;
  return value.some((element) => isDoc(element) && anyValueAt(element, parts, at, visit));
}

/** Below a number or a text inside an array there is nothing: not even something missing. */
function anyInElement(element: Value, parts: readonly string[], at: number, visit: Visit): boolean {
  if (at === parts.length) return visit(element, true);
  return (isDoc(element) || Array.isArray(element)) && anyValueAt(element, parts, at, visit);
}

/** The same, and an array at the end is given element by element before it is given as a whole. */
export function anyLeafAt(document: Maybe, parts: readonly string[], visit: (found: Maybe) => boolean): boolean {
  return anyValueAt(
    document,
    parts,
    0,
    (found, byPosition) => (!byPosition && Array.isArray(found) && found.some(visit)) || visit(found),
  );
}

/** The names in a path, which neither may be empty nor begin with a dollar. */
export function fieldNames(path: string): string[] {
  if (path === '') throw new MongoError(40352, 'FieldPath cannot be constructed with empty string');
  if (path.endsWith('.')) throw new MongoError(40353, "FieldPath must not end with a '.'.");
  const names = path.split('.');
  if (names.includes('')) throw new MongoError(15998, 'FieldPath field names may not be empty strings.');
  if (names.some((name) => name.startsWith('$')))
    throw new MongoError(16410, "FieldPath field names may not start with '$'. Consider using $getField or $setField.");
  return names;
}

/** The value under a path that never enters an array element by element: as updates see a document. */
export function valueAt(value: Maybe, parts: readonly string[]): Maybe {
  let current: Maybe = value;
  for (const part of parts) {
    if (isDoc(current)) current = current.get(part);
    else if (Array.isArray(current) && isArrayIndex(part)) current = current[Number(part)];
    else return undefined;
  }
  return current;
}

/** The value of a field path in an expression: an array on the way gives an array of what its elements have there. */
export function fieldPath(value: Maybe, parts: readonly string[], at = 0): Maybe {
  if (at === parts.length) return value;
  if (isDoc(value)) return fieldPath(value.get(parts[at]!), parts, at + 1);
  if (!Array.isArray(value)) return undefined;
  const out: Value[] = [];
  for (const element of value) {
    const found = isDoc(element) || Array.isArray(element) ? fieldPath(element, parts, at) : undefined;
    if (found !== undefined) out.push(found);
  }
  return out;
}

/** A deep copy: documents in storage and in results are never shared with what an update changes. */
export function clone<T extends Value>(value: T): T {
  return copy(value) as T;
}

function copy(value: Value): Value {
  if (!isDoc(value)) return Array.isArray(value) ? value.map(copy) : value;
  const out: Doc = new Map();
  for (const [key, inner] of value) out.set(key, copy(inner));
  return out;
}
