import { BSONRegExp } from 'bson';
import { show } from '../bson/show.js';
import { isDoc, type Doc, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { isTruthy } from '../expressions/compile.js';
import { emptyScope } from '../expressions/scope.js';
import { compileFilter, isOperatorDoc } from '../query/matcher.js';

const OPERATORS = new Set(['$eq', '$gt', '$gte', '$lt', '$lte', '$in', '$type']);

/** Refuses a filter that makes no sense, and one that says more than a partial index understands. */
export function checkPartialFilter(filter: Doc): void {
  compileFilter(filter, emptyScope(new Date(0)));
  checkAll(filter);
}

function checkAll(filter: Doc): void {
  for (const [key, value] of filter) {
    if (key === '$comment') continue;
    if (key === '$and' || key === '$or') for (const clause of value as Doc[]) checkAll(clause);
    else if (key.startsWith('$') || !isSupported(value)) throw unsupported(key, value);
  }
}

function isSupported(value: Value): boolean {
  if (!isOperatorDoc(value)) return !(value instanceof BSONRegExp);
  return [...value].every(([operator, operand]) =>
    operator === '$exists' ? isTruthy(operand) : OPERATORS.has(operator),
  );
}

const unsupported = (key: string, value: Value) =>
  new MongoError(
    'CannotCreateIndex',
    `Expression not supported in partial index: ${key} ${isDoc(value) ? show(value) : ''}`,
  );
