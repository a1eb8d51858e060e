import { BSONRegExp } from 'bson';
import { isDoc, type Doc, type Maybe, type Value } from '../bson/value.js';
import { badValue, failedToParse, MongoError } from '../errors/mongo-error.js';
import { compileExpression, isTruthy } from '../expressions/compile.js';
import { withRoot, type Scope } from '../expressions/scope.js';
import { compileSchema } from './json-schema.js';
import { anyLeafAt, anyValueAt } from './path.js';
import { equalityTest, isOperatorDoc, sizeTest, valueTest, type ValueTest } from './value-tests.js';

export type Match = (document: Doc) => boolean;
type Compiled = (document: Doc, scope: Scope) => boolean;

/** Compiles a filter; whatever MongoDB would refuse in it is refused here, before any document is looked at. */
export function compileFilter(filter: Doc, scope: Scope): Match {
  const compiled = all(compileAll(filter, scope));
  return (document) => compiled(document, scope);
}

/** `nested` is set below `$elemMatch`, where conditions on the whole document make no sense. */
function compileAll(filter: Doc, scope: Scope, nested = false): Compiled[] {
  const out: Compiled[] = [];
  for (const [key, value] of filter) {
    if (key === '$comment') continue;
    out.push(key.startsWith('$') ? topLevel(key, value, scope, nested) : field(key, value, scope));
  }
  return out;
}

function all(tests: Compiled[]): Compiled {
  if (tests.length === 1) return tests[0]!;
  return (document, scope) => tests.every((test) => test(document, scope));
}

function topLevel(key: string, value: Value, scope: Scope, nested: boolean): Compiled {
  if (nested && (key === '$expr' || key === '$jsonSchema'))
    throw badValue(`${key} can only be applied to the top-level document`);
  switch (key) {
    case '$and':
      return all(clauses(key, value, scope, nested));
    case '$or': {
      const tests = clauses(key, value, scope, nested);
      return (document, inner) => tests.some((test) => test(document, inner));
    }
    case '$nor': {
      const tests = clauses(key, value, scope, nested);
      return (document, inner) => !tests.some((test) => test(document, inner));
    }
    case '$expr': {
      const expression = compileExpression(value, scope);
      return (document, inner) => isTruthy(expression(withRoot(inner, document)));
    }
    case '$jsonSchema': {
      if (!isDoc(value)) throw new MongoError('TypeMismatch', '$jsonSchema must be an object');
      return compileSchema(value);
    }
    case '$alwaysTrue':
      return () => true;
    case '$alwaysFalse':
      return () => false;
    default:
      throw badValue(
        `unknown top level operator: ${key}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
      );
  }
}

function clauses(key: string, value: Value, scope: Scope, nested: boolean): Compiled[] {
  if (!Array.isArray(value)) throw badValue(`${key} argument must be an array`);
  if (value.length === 0) throw badValue(`${key} argument must be a non-empty array`);
  return value.map((clause) => {
    if (!isDoc(clause)) throw badValue(`${key} argument's entries must be objects`);
    return all(compileAll(clause, scope, nested));
  });
}

export { isOperatorDoc };

/** Where the operators of a field look: at the end of a path, or at one element of an array and no further. */
interface Place {
  /** The value, and the elements of an array. */
  leaf(test: ValueTest): Compiled;
  /** An array as a whole. */
  whole(test: ValueTest): Compiled;
}

const atPath = (parts: string[]): Place => ({
  leaf: (test) => leaf(parts, test),
  whole: (test) => (document) => anyValueAt(document, parts, 0, test),
});

const ELEMENT = '';
const element = (test: ValueTest) => (document: Doc) => test(document.get(ELEMENT));
const atElement: Place = { leaf: element, whole: element };

function field(path: string, value: Value, scope: Scope): Compiled {
  const parts = path.split('.');
  if (value instanceof BSONRegExp) return leaf(parts, valueTest('$regex', value));
  if (!isOperatorDoc(value)) return leaf(parts, equalityTest(value));
  return all(operators(atPath(parts), value, scope));
}

function leaf(parts: string[], test: ValueTest): Compiled {
  if (parts.length === 1) {
    const [name] = parts as [string];
    return (document) => {
      const value = document.get(name);
      return test(value) || (Array.isArray(value) && value.some(test));
    };
  }
  return (document) => anyLeafAt(document, parts, test);
}

function operators(place: Place, spec: Doc, scope: Scope): Compiled[] {
  const out: Compiled[] = [];
  for (const [operator, operand] of spec) {
    if (operator === '$options') {
      if (!spec.has('$regex')) throw badValue('$options needs a $regex');
      continue;
    }
    out.push(operatorTest(place, operator, operand, spec, scope));
  }
  return out;
}

const NEGATIONS: Readonly<Record<string, string>> = { $ne: '$eq', $nin: '$in' };

function operatorTest(place: Place, operator: string, operand: Value, spec: Doc, scope: Scope): Compiled {
  if (operator === '$ne' && operand instanceof BSONRegExp) throw badValue("Can't have regex as arg to $ne.");
  const negated = NEGATIONS[operator];
  if (negated) return not(operatorTest(place, negated, operand, spec, scope));
  if (operator === '$not') return not(notOperand(place, operand, scope));
  if (operator === '$exists') {
    const present = place.whole((found) => found !== undefined);
    return isTruthy(operand) ? present : not(present);
  }
  if (operator === '$elemMatch') return elemMatch(place, operand, scope);
  if (operator === '$all') return allOf(place, operand, scope);
  if (operator === '$regex') return place.leaf(valueTest('$regex', operand, spec.get('$options')));
  if (operator === '$size') return place.whole(sizeTest(operand));
  return place.leaf(valueTest(operator, operand));
}

const not =
  (test: Compiled): Compiled =>
  (document, scope) =>
    !test(document, scope);

function notOperand(place: Place, operand: Value, scope: Scope): Compiled {
  if (operand instanceof BSONRegExp) return place.leaf(valueTest('$regex', operand));
  if (!isDoc(operand)) throw badValue('$not needs a regex or a document');
  if (operand.size === 0) throw badValue('$not cannot be empty');
  const [first] = operand.keys();
  if (!isOperatorDoc(operand)) throw badValue(`unknown operator: ${first}`);
  return all(operators(place, operand, scope));
}

/** The test of `$elemMatch` on one element: of its fields, or of the element itself when the condition starts with an operator. */
export function compileElemMatch(operand: Value, scope: Scope): (element: Value) => boolean {
  if (!isDoc(operand)) throw badValue('$elemMatch needs an Object');
  const [first] = operand.keys();
  const byFields = !isOperatorDoc(operand) || ['$and', '$or', '$nor', '$expr', '$jsonSchema'].includes(first!);
  if (!byFields) {
    const test = all(operators(atElement, operand, scope));
    return (value) => test(new Map([[ELEMENT, value]]), scope);
  }
  const test = all(compileAll(operand, scope, true));
  return (value) => {
    if (isDoc(value)) return test(value, scope);
    return Array.isArray(value) && test(new Map(value.map((inner, i) => [String(i), inner])), scope);
  };
}

function elemMatch(place: Place, operand: Value, scope: Scope): Compiled {
  const test = compileElemMatch(operand, scope);
  return place.whole((found) => Array.isArray(found) && found.some(test));
}

function allOf(place: Place, operand: Value, scope: Scope): Compiled {
  if (!Array.isArray(operand)) throw badValue('$all needs an array');
  if (operand.length === 0) return () => false;
  const matching = startsElemMatch(operand[0]);
  const tests = operand.map((wanted) => {
    if (matching !== startsElemMatch(wanted)) throw badValue('$all/$elemMatch has to be consistent');
    if (matching) return elemMatch(place, (wanted as Doc).get('$elemMatch')!, scope);
    if (isOperatorDoc(wanted)) throw badValue('no $ expressions in $all');
    return place.leaf(wanted instanceof BSONRegExp ? valueTest('$regex', wanted) : equalityTest(wanted));
  });
  return all(tests);
}

const startsElemMatch = (value: Maybe): boolean => isDoc(value) && [...value.keys()][0] === '$elemMatch';

export function parseFilter(value: Maybe, name: string): Doc {
  if (value === undefined || value === null) return new Map();
  if (!isDoc(value)) throw failedToParse(`Expected field ${name} to be of type object`);
  return value;
}
