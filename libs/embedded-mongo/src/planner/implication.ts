import { compare, equal, typeRank } from '../bson/compare.js';
import { isDoc, type Doc, type Value } from '../bson/value.js';
import { isOperatorDoc } from '../query/matcher.js';
import { valueTest } from '../query/value-tests.js';
import { conditionsOf, impliesPresence, type Condition } from './conditions.js';

/** Whether every document that matches the filter surely matches a partial index's filter. In doubt: no. */
export function implies(filter: Doc, partial: Doc): boolean {
  const conditions = conditionsOf(filter);
  return [...partial].every(([path, wanted]) => {
    if (path === '$and' && Array.isArray(wanted))
      return wanted.every((clause) => isDoc(clause) && implies(filter, clause));
    if (path.startsWith('$')) return false;
    const given = filter.get(path);
    if (given !== undefined && equal(given, wanted)) return true;
    const own = conditions.filter((condition) => condition.path === path);
    if (!isOperatorDoc(wanted)) return own.some(({ points }) => points?.every((point) => equal(point, wanted)));
    return [...wanted].every(([operator, operand]) => operatorImplied(own, path, operator, operand));
  });
}

function operatorImplied(conditions: Condition[], path: string, operator: string, operand: Value): boolean {
  if (operator === '$exists') return operand === true && impliesPresence(conditions, path);
  if (operator === '$type') {
    const test = valueTest('$type', operand);
    return conditions.some(({ points }) => points?.every((point) => point !== null && test(point)));
  }
  if (!['$eq', '$gt', '$gte', '$lt', '$lte', '$in'].includes(operator)) return false;
  const test = valueTest(operator, operand);
  return conditions.some(({ points, range }) => {
    if (points) return points.every((point) => test(point));
    return range !== undefined && rangeImplied(range, operator, operand);
  });
}

function rangeImplied(range: NonNullable<Condition['range']>, operator: string, operand: Value): boolean {
  if (operator === '$in' || operator === '$eq' || typeRank(range.value) !== typeRank(operand)) return false;
  if (range.operator.slice(0, 3) !== operator.slice(0, 3)) return false;
  const order = compare(range.value, operand) * (operator.startsWith('$gt') ? 1 : -1);
  const strictEnough = operator.length === 4 || range.operator.length === 3;
  return order > 0 || (order === 0 && strictEnough);
}
