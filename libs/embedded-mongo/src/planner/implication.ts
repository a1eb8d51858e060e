import { BSONRegExp, MaxKey, MinKey } from 'bson';
import { compare, equal, typeRank } from '../bson/compare.js';
import { isNumeric, toNumber, type Doc, type Value } from '../bson/value.js';
import { clausesOf, type Clause } from './clauses.js';

type Leaf = Exclude<Clause, { either: Clause[][] }>;

/**
 * Whether every document that matches the filter surely matches a partial index's filter. It concludes what MongoDB concludes
 * and nothing more, for with a hint the difference shows: there a query without a conclusion is refused.
 */
export function implies(filter: Doc, partial: Doc): boolean {
  const given = clausesOf(filter);
  return clausesOf(partial).every((wanted) => someImplies(given, wanted));
}

function someImplies(given: Clause[], wanted: Clause): boolean {
  if ('either' in wanted && wanted.either.some((list) => list.every((clause) => someImplies(given, clause))))
    return true;
  return given.some((clause) => {
    if ('either' in clause) return clause.either.every((list) => someImplies(list, wanted));
    return !('either' in wanted) && leafImplies(clause, wanted);
  });
}

function leafImplies(given: Leaf, wanted: Leaf): boolean {
  if (given.path !== wanted.path || given.path === '') return false;
  if (given.operator === wanted.operator && equal(given.operand, wanted.operand)) return true;
  if (wanted.operator === '$exists') return wanted.operand === true && impliesPresence(given);
  if (wanted.operator === '$in')
    return isPlainList(wanted.operand) && wanted.operand.some((one) => isWithin(given, '$eq', one));
  return isWithin(given, wanted.operator, wanted.operand);
}

const isPlainList = (operand: Value): operand is Value[] =>
  Array.isArray(operand) && !operand.some((one) => one instanceof BSONRegExp);

const COMPARISONS = new Set(['$eq', '$gt', '$gte', '$lt', '$lte']);
const PRESENT = new Set(['$elemMatch', '$mod', '$regex', '$size', '$type']);

/** Below arrays nothing at all is neither null nor there, so only a field at the top is there when it is not null. */
function impliesPresence({ path, operator, operand }: Leaf): boolean {
  if (operator === '$exists') return operand === true;
  if (operator === '$ne') return operand === null && !path.includes('.');
  if (operator === '$nin') return Array.isArray(operand) && operand.includes(null) && !path.includes('.');
  if (operator === '$in') return Array.isArray(operand) && !operand.includes(null);
  // What is missing, too, lies between MinKey and MaxKey.
  if (COMPARISONS.has(operator)) return operand !== null && (operator === '$eq' || !isEnd(operand));
  return PRESENT.has(operator);
}

const isEnd = (operand: Value) => operand instanceof MinKey || operand instanceof MaxKey;

/** Whether all values that meet the given comparison meet this one, too. */
function isWithin(given: Leaf, operator: string, operand: Value): boolean {
  if (given.operator === '$in')
    return isPlainList(given.operand) && given.operand.every((one) => comparisonImplies('$eq', one, operator, operand));
  return comparisonImplies(given.operator, given.operand, operator, operand);
}

function comparisonImplies(given: string, a: Value, wanted: string, b: Value): boolean {
  if (!COMPARISONS.has(given) || !COMPARISONS.has(wanted) || typeRank(a) !== typeRank(b)) return false;
  if (isNaNumber(a) || isNaNumber(b))
    return isNaNumber(a) && isNaNumber(b) && allowsEqual(given) && allowsEqual(wanted);
  const order = compare(a, b);
  if (given === wanted && order === 0) return true;
  if (wanted === '$eq' || (given !== '$eq' && given.slice(0, 3) !== wanted.slice(0, 3))) return false;
  const inside = wanted.startsWith('$gt') ? order : -order;
  return inside > 0 || (inside === 0 && allowsEqual(wanted));
}

const allowsEqual = (operator: string) => operator === '$eq' || operator.endsWith('e');
const isNaNumber = (value: Value) => isNumeric(value) && Number.isNaN(toNumber(value));
