import { BSONRegExp, MaxKey, MinKey } from 'bson';
import { isDoc, isNumeric, toNumber, type Doc, type Value } from '../bson/value.js';
import { isOperatorDoc } from '../query/matcher.js';

/** What a filter demands of one path, as far as an index can answer it. */
export interface Condition {
  path: string;
  /** One of these values. */
  points?: Value[];
  range?: { operator: '$gt' | '$gte' | '$lt' | '$lte'; value: Value };
}

const RANGES = new Set(['$gt', '$gte', '$lt', '$lte']);

/** Collects the conditions that every match must meet; what is not understood here is left to the filter itself. */
export function conditionsOf(filter: Doc): Condition[] {
  const out: Condition[] = [];
  for (const [key, value] of filter) {
    if (key === '$and' && Array.isArray(value))
      out.push(...value.flatMap((clause) => (isDoc(clause) ? conditionsOf(clause) : [])));
    else if (!key.startsWith('$')) out.push(...ofField(key, value));
  }
  return out;
}

function ofField(path: string, value: Value): Condition[] {
  if (!isOperatorDoc(value)) return canBePoint(value) ? [{ path, points: [value] }] : [];
  const out: Condition[] = [];
  for (const [operator, operand] of value) {
    if (operator === '$eq' && canBePoint(operand)) out.push({ path, points: [operand] });
    if (operator === '$in' && Array.isArray(operand) && operand.every(canBePoint)) out.push({ path, points: operand });
    if (RANGES.has(operator) && canBeBound(operand))
      out.push({ path, range: { operator: operator as '$gt', value: operand } });
  }
  return out;
}

/** An array is also equal to a whole field, which a multikey index has no entry for. */
const canBePoint = (value: Value) => !Array.isArray(value) && !(value instanceof BSONRegExp);

const canBeBound = (value: Value) =>
  canBePoint(value) &&
  value !== null &&
  !(value instanceof MinKey) &&
  !(value instanceof MaxKey) &&
  !(isNumeric(value) && Number.isNaN(toNumber(value)));

/** Whether every match of the filter has something other than null under the path. */
export function impliesPresence(conditions: Condition[], path: string): boolean {
  return conditions.some(
    (condition) =>
      condition.path === path &&
      (condition.range !== undefined || (condition.points?.every((point) => point !== null) ?? false)),
  );
}
