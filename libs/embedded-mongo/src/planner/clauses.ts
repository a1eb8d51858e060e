import { BSONRegExp } from 'bson';
import { isDoc, type Doc, type Value } from '../bson/value.js';
import { isTruthy } from '../expressions/compile.js';
import { isOperatorDoc } from '../query/matcher.js';

/** One demand of a filter: of one path by one operator, of which each negation has its own, or one of several lists of demands. */
export type Clause = { path: string; operator: string; operand: Value } | { either: Clause[][] };

/** The clauses that all have to hold. What nothing can be concluded from is left as it stands. */
export function clausesOf(filter: Doc): Clause[] {
  const out: Clause[] = [];
  for (const [key, value] of filter) {
    if (key === '$comment') continue;
    if ((key === '$and' || key === '$or') && Array.isArray(value)) {
      const lists = value.map((clause) => (isDoc(clause) ? clausesOf(clause) : []));
      out.push(...(key === '$and' ? lists.flat() : [{ either: lists }]));
    } else if (key.startsWith('$')) out.push({ path: '', operator: key, operand: value });
    else out.push(...ofField(key, value));
  }
  return out;
}

const sameAs = (path: string, operand: Value): Clause => ({
  path,
  operator: operand instanceof BSONRegExp ? '$regex' : '$eq',
  operand,
});

const NEGATED: Readonly<Record<string, string>> = { $eq: '$ne', $in: '$nin' };

function ofField(path: string, value: Value): Clause[] {
  if (!isOperatorDoc(value)) return [sameAs(path, value)];
  return [...value].flatMap(([operator, operand]) => ofOperator(path, operator, operand));
}

function ofOperator(path: string, operator: string, operand: Value): Clause[] {
  if (operator === '$all' && Array.isArray(operand) && operand.length > 0)
    return operand.flatMap((wanted) => (isOperatorDoc(wanted) ? ofField(path, wanted) : [sameAs(path, wanted)]));
  if (operator === '$in' && Array.isArray(operand) && operand.length === 1) return [sameAs(path, operand[0]!)];
  if (operator === '$exists') return [{ path, operator, operand: isTruthy(operand) }];
  if (operator === '$type' && !Array.isArray(operand)) return [{ path, operator, operand: [operand] }];
  if (operator === '$not' && isDoc(operand) && operand.size === 1) {
    const [[inner, negated]] = operand as unknown as [[string, Value]];
    if (NEGATED[inner]) return [{ path, operator: NEGATED[inner], operand: negated }];
  }
  return [{ path, operator, operand }];
}
