import { plain } from '../bson/show.js';
import { compare, equal } from '../bson/compare.js';
import { doc, isDoc, isNumeric, toNumber, typeName, type Maybe, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { compileSortValue } from '../query/sort.js';
import { argumentsOf, isNullish, isTruthy, namedArguments } from './compile.js';
import type { OperatorMaker, OperatorTable } from './operators.js';
import { withVariables } from './scope.js';

export function arrayOf(value: Maybe, name: string, code = 28724): Value[] {
  if (!Array.isArray(value))
    throw new MongoError(code, `The argument to ${name} must be an array, but was of type: ${typeName(value)}`);
  return value;
}

const whole = (value: Maybe, name: string): number => {
  const n = isNumeric(value) ? toNumber(value) : NaN;
  if (!Number.isInteger(n)) throw new MongoError(28690, `${name}'s argument must be representable as a 32-bit integer`);
  return n;
};

/** An operator over arrays whose answer is null as soon as one argument is. */
const over =
  (count: [number, number], compute: (values: Value[], name: string) => Maybe): OperatorMaker =>
  (operand, compile, name) => {
    const list = argumentsOf(operand, compile, name, ...count);
    return (scope) => {
      const values = list.map((expression) => expression(scope));
      return values.some(isNullish) ? null : compute(values as Value[], name);
    };
  };

function distinct(values: Value[]): Value[] {
  const sorted = [...values].sort(compare);
  return sorted.filter((value, i) => i === 0 || !equal(value, sorted[i - 1]));
}

const has = (values: Value[], wanted: Value) => values.some((value) => equal(value, wanted));

function slice([array, from, count]: Value[], name: string): Value[] {
  const values = arrayOf(array, name);
  const first = whole(from, name);
  if (count === undefined) return first >= 0 ? values.slice(0, first) : values.slice(first);
  const length = whole(count, name);
  if (length <= 0) throw new MongoError(28729, `Third argument to $slice must be positive: ${length}`);
  const start = first >= 0 ? first : Math.max(0, values.length + first);
  return values.slice(start, start + length);
}

const element = (values: Value[], at: number): Maybe => values[at < 0 ? values.length + at : at];

function indexOfArray([array, wanted, from, to]: Value[], name: string): Value {
  const values = arrayOf(array, name, 40090);
  const start = from === undefined ? 0 : whole(from, name);
  const end = to === undefined ? values.length : whole(to, name);
  return values.findIndex((value, i) => i >= start && i < end && equal(value, wanted));
}

const each: OperatorMaker = (operand, compile, name) => {
  const filter = name === '$filter';
  const named = namedArguments(operand, name, ['input', filter ? 'cond' : 'in'], filter ? ['as', 'limit'] : ['as']);
  const variable = plain(named.get('as') ?? 'this');
  const input = compile(named.get('input')!);
  const body = compile(named.get(filter ? 'cond' : 'in')!, [variable]);
  const limit = named.has('limit') ? compile(named.get('limit')!) : undefined;
  return (scope) => {
    const values = input(scope);
    if (isNullish(values)) return null;
    const run = (value: Value) => body(withVariables(scope, [[variable, value]]));
    if (!filter) return arrayOf(values, name, 16883).map((value) => run(value) ?? null);
    const kept = arrayOf(values, name, 28651).filter((value) => isTruthy(run(value)));
    const most = limit?.(scope);
    return isNullish(most) ? kept : kept.slice(0, whole(most, name));
  };
};

const reduce: OperatorMaker = (operand, compile, name) => {
  const named = namedArguments(operand, name, ['input', 'initialValue', 'in']);
  const input = compile(named.get('input')!);
  const initial = compile(named.get('initialValue')!);
  const body = compile(named.get('in')!, ['value', 'this']);
  return (scope) => {
    const values = input(scope);
    if (isNullish(values)) return null;
    return arrayOf(values, name, 40080).reduce<Maybe>(
      (value, current) =>
        body(
          withVariables(scope, [
            ['value', value],
            ['this', current],
          ]),
        ),
      initial(scope),
    );
  };
};

const zip: OperatorMaker = (operand, compile, name) => {
  const named = namedArguments(operand, name, ['inputs'], ['useLongestLength', 'defaults']);
  const inputs = compile(named.get('inputs')!);
  const longest = named.get('useLongestLength') === true;
  const defaults = named.has('defaults') ? compile(named.get('defaults')!) : undefined;
  return (scope) => {
    const arrays = arrayOf(inputs(scope), name, 34461);
    if (arrays.some(isNullish)) return null;
    const lists = arrays.map((array) => arrayOf(array, name, 34468));
    const lengths = lists.map(({ length }) => length);
    const count = lists.length === 0 ? 0 : longest ? Math.max(...lengths) : Math.min(...lengths);
    const fill = defaults ? arrayOf(defaults(scope), name) : [];
    return Array.from({ length: count }, (_, i) => lists.map((list, j) => list[i] ?? fill[j] ?? null));
  };
};

const sortArray: OperatorMaker = (operand, compile, name) => {
  const named = namedArguments(operand, name, ['input', 'sortBy']);
  const input = compile(named.get('input')!);
  const order = compileSortValue(named.get('sortBy')!);
  return (scope) => {
    const values = input(scope);
    return isNullish(values) ? null : [...arrayOf(values, name, 2942504)].sort(order);
  };
};

function range([from, to, step]: Value[], name: string): Value[] {
  const [start, end, by] = [whole(from, name), whole(to, name), step === undefined ? 1 : whole(step, name)];
  if (by === 0) throw new MongoError(34449, '$range requires a non-zero step value');
  const out: Value[] = [];
  for (let n = start; by > 0 ? n < end : n > end; n += by) out.push(n);
  return out;
}

export const ARRAYS: OperatorTable = {
  $size: (operand, compile, name) => {
    const [inner] = argumentsOf(operand, compile, name, 1);
    return (scope) => arrayOf(inner!(scope), name, 17124).length;
  },
  $arrayElemAt: over([2, 2], ([array, at], name) => element(arrayOf(array, name, 28689), whole(at, name))),
  $concatArrays: over([0, Infinity], (values, name) => values.flatMap((value) => arrayOf(value, name, 28664))),
  $slice: over([2, 3], slice),
  $in: (operand, compile, name) => {
    const [wanted, array] = argumentsOf(operand, compile, name, 2);
    return (scope) => {
      const value = wanted!(scope);
      return arrayOf(array!(scope), name, 40081).some((item) => value !== undefined && equal(item, value));
    };
  },
  $indexOfArray: over([2, 4], indexOfArray),
  $isArray: (operand, compile, name) => {
    const [inner] = argumentsOf(operand, compile, name, 1);
    return (scope) => Array.isArray(inner!(scope));
  },
  $reverseArray: over([1, 1], ([array], name) => [...arrayOf(array, name, 34435)].reverse()),
  $range: over([2, 3], range),
  $setUnion: over([0, Infinity], (values, name) => distinct(values.flatMap((value) => arrayOf(value, name, 17043)))),
  $setIntersection: over([0, Infinity], (values, name) => {
    const lists = values.map((value) => arrayOf(value, name, 17047));
    return lists.length === 0 ? [] : distinct(lists[0]!.filter((value) => lists.every((list) => has(list, value))));
  }),
  $setDifference: over([2, 2], ([a, b], name) => {
    const without = arrayOf(b, name, 17049);
    return arrayOf(a, name, 17048).filter((value, i, list) => !has(without, value) && !has(list.slice(0, i), value));
  }),
  $setIsSubset: over([2, 2], ([a, b], name) =>
    arrayOf(a, name, 17046).every((value) => has(arrayOf(b, name, 17042), value)),
  ),
  $setEquals: over([2, Infinity], (values, name) => {
    const [first, ...rest] = values.map((value) => distinct(arrayOf(value, name, 17044)));
    return rest.every((list) => equal(list, first));
  }),
  $anyElementTrue: over([1, 1], ([array], name) => arrayOf(array, name, 17041).some(isTruthy)),
  $allElementsTrue: over([1, 1], ([array], name) => arrayOf(array, name, 17040).every(isTruthy)),
  $arrayToObject: over([1, 1], ([array], name) => {
    const out = doc();
    for (const pair of arrayOf(array, name, 40386)) {
      const [key, value] = isDoc(pair) ? [pair.get('k'), pair.get('v')] : Array.isArray(pair) ? pair : [];
      if (typeof key !== 'string' || value === undefined)
        throw new MongoError(40398, '$arrayToObject needs pairs of a key and a value');
      out.set(key, value);
    }
    return out;
  }),
  $map: each,
  $filter: each,
  $reduce: reduce,
  $zip: zip,
  $sortArray: sortArray,
};
