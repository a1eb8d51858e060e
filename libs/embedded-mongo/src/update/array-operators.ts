import { BSONRegExp } from 'bson';
import { equal } from '../bson/compare.js';
import { isDoc, isNumeric, toNumber, typeName, type Maybe, type Value } from '../bson/value.js';
import { badValue, failedToParse, typeMismatch } from '../errors/mongo-error.js';
import { emptyScope } from '../expressions/scope.js';
import { compileElemMatch, compileFilter, isOperatorDoc } from '../query/matcher.js';
import { clone } from '../query/path.js';
import { compileSortValue } from '../query/sort.js';
import type { UpdateOperator } from './operators.js';

function arrayAt(value: Maybe, name: string, path: string): Value[] {
  if (!Array.isArray(value))
    throw badValue(`The field '${path}' must be an array but is of type ${typeName(value)} (${name})`);
  return value;
}

const wholeNumber = (value: Value, name: string): number => {
  const n = isNumeric(value) ? toNumber(value) : NaN;
  if (!Number.isInteger(n))
    throw badValue(`The value for ${name} must be an integer value but was given type: ${typeName(value)}`);
  return n;
};

const PUSH_OPTIONS = new Set(['$each', '$slice', '$sort', '$position']);

const push: UpdateOperator = {
  creates: true,
  compile(operand, path) {
    const options = isDoc(operand) && [...operand.keys()].some((key) => key === '$each') ? operand : undefined;
    for (const key of options?.keys() ?? [])
      if (!PUSH_OPTIONS.has(key)) throw badValue(`Unrecognized clause in $push: ${key}`);
    const each = options ? options.get('$each')! : [operand];
    if (!Array.isArray(each))
      throw badValue(`The argument to $each in $push must be an array but it was of type: ${typeName(each)}`);
    const position = options?.has('$position') ? wholeNumber(options.get('$position')!, '$position') : undefined;
    const slice = options?.has('$slice') ? wholeNumber(options.get('$slice')!, '$slice') : undefined;
    const order = options?.has('$sort') ? compileSortValue(options.get('$sort')!) : undefined;
    return (place) => {
      const current = place.get();
      let values = current === undefined ? [] : [...arrayAt(current, '$push', path)];
      values.splice(position ?? values.length, 0, ...each.map((value) => clone(value)));
      if (order) values.sort(order);
      if (slice !== undefined) values = slice >= 0 ? values.slice(0, slice) : values.slice(slice);
      place.set(values);
    };
  },
};

const addToSet: UpdateOperator = {
  creates: true,
  compile(operand, path) {
    const options = isDoc(operand) && [...operand.keys()][0] === '$each' ? operand : undefined;
    if (options && options.size > 1) throw badValue('Found unexpected fields after $each in $addToSet');
    const each = options ? options.get('$each')! : [operand];
    if (!Array.isArray(each))
      throw typeMismatch(`The argument to $each in $addToSet must be an array but it was of type ${typeName(each)}`);
    return (place) => {
      const current = place.get();
      const values = current === undefined ? [] : [...arrayAt(current, '$addToSet', path)];
      const before = values.length;
      for (const value of each) if (!values.some((known) => equal(known, value))) values.push(clone(value));
      if (current === undefined || values.length > before) place.set(values);
    };
  },
};

const pop: UpdateOperator = {
  creates: false,
  compile(operand, path) {
    const side = isNumeric(operand) ? toNumber(operand) : NaN;
    if (side !== 1 && side !== -1) throw failedToParse(`$pop expects 1 or -1, found: ${typeName(operand)}`);
    return (place) => {
      const current = place.get();
      if (current === undefined) return;
      if (!Array.isArray(current))
        throw typeMismatch(`Path '${path}' contains an element of non-array type '${typeName(current)}'`);
      place.set(side === 1 ? current.slice(0, -1) : current.slice(1));
    };
  },
};

const LOGICAL = new Set(['$and', '$or', '$nor', '$expr', '$jsonSchema']);

/** What `$pull` takes out: equal values, or what meets a condition. */
function pullTest(operand: Value): (value: Value) => boolean {
  const scope = emptyScope(new Date(0));
  const ofElement = isOperatorDoc(operand) && !LOGICAL.has([...operand.keys()][0]!);
  if (operand instanceof BSONRegExp || ofElement) {
    const matches = compileFilter(new Map([['v', operand]]), scope);
    return (value) => matches(new Map([['v', value]]));
  }
  if (isDoc(operand)) {
    const matches = compileElemMatch(operand, scope);
    return (value) => isDoc(value) && matches(value);
  }
  return (value) => equal(value, operand);
}

const removing = (name: string, compile: (operand: Value) => (value: Value) => boolean): UpdateOperator => ({
  creates: false,
  compile(operand, path) {
    const unwanted = compile(operand);
    return (place) => {
      const current = place.get();
      if (current === undefined) return;
      const values = arrayAt(current, name, path);
      const kept = values.filter((value) => !unwanted(value));
      if (kept.length < values.length) place.set(kept);
    };
  },
});

export const ARRAY_UPDATES: Readonly<Record<string, UpdateOperator>> = {
  $push: push,
  $addToSet: addToSet,
  $pop: pop,
  $pull: removing('$pull', pullTest),
  $pullAll: removing('$pullAll', (operand) => {
    if (!Array.isArray(operand))
      throw badValue('$pullAll requires an array argument but was given a ' + typeName(operand));
    return (value) => operand.some((unwanted) => equal(unwanted, value));
  }),
};
