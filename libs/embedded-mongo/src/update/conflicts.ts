import { compareStrings } from '../bson/compare.js';
import { MongoError } from '../errors/mongo-error.js';
import { isArrayIndex } from '../query/path.js';
import { isPositional } from './paths.js';

/** Whether an update can have this path. */
export function checkPath(path: string): void {
  if (path === '') throw new MongoError('EmptyFieldName', 'An empty update path is not valid.');
  const parts = path.split('.');
  if (parts.includes(''))
    throw new MongoError(
      'EmptyFieldName',
      `The update path '${path}' contains an empty field name, which is not allowed.`,
    );
  if (isPositional(parts[0]!))
    throw new MongoError(
      'BadValue',
      `Cannot have positional (i.e. '$') element in the first position in path '${path}'`,
    );
  if (parts.filter((part) => part === '$').length > 1)
    throw new MongoError('BadValue', `Too many positional (i.e. '$') elements found in path '${path}'`);
  const bad = parts.find((part) => part.startsWith('$') && !/^\$(\[[^\]]*\])?$/.test(part));
  if (bad)
    throw new MongoError(
      'DollarPrefixedFieldName',
      `The dollar ($) prefixed field '${bad}' in '${path}' is not allowed in the context of an update's $set.`,
    );
}

/** No two changes of an update may be about the same place, or about one inside of the other. */
export function checkConflicts(paths: string[]): void {
  const sorted = [...paths].sort(comparePaths);
  for (let i = 1; i < sorted.length; i++) {
    const [a, b] = [sorted[i - 1]!, sorted[i]!];
    if (a === b || b.startsWith(`${a}.`)) throw conflict(b, a);
    const shared = commonParts(a, b);
    const [left, right] = [a.split('.')[shared]!, b.split('.')[shared]!];
    if (isAllPositional(left) !== isAllPositional(right)) throw conflict(b, a.split('.').slice(0, shared).join('.'));
  }
}

const isAllPositional = (part: string) => part.startsWith('$[');

function commonParts(a: string, b: string): number {
  const other = b.split('.');
  return a.split('.').findIndex((part, i) => part !== other[i]);
}

const conflict = (path: string, at: string) =>
  new MongoError('ConflictingUpdateOperators', `Updating the path '${path}' would create a conflict at '${at}'`);

export function comparePaths(a: string, b: string): number {
  const [left, right] = [a.split('.'), b.split('.')];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x, y] = [left[i]!, right[i]!];
    if (x === y) continue;
    if (isArrayIndex(x) && isArrayIndex(y)) return Number(x) - Number(y);
    return compareStrings(x, y);
  }
  return left.length - right.length;
}
