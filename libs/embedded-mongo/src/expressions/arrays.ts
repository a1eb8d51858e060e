import { plain } from '../bson/show.js';
import { compare, equal } from '../bson/compare.js';
import { isDoc, isNumeric, toNumber, typeName, type Maybe, type Value } from '../bson/value.js';
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

/** A whole number; `code` is for what is no number, and the one after it for a number that is not whole. */
function whole(value: Maybe, name: string, code = 28690): number {
  if (!isNumeric(value))
    throw new MongoError(code, `${name}'s argument must be a numeric value, but is ${typeName(value)}`);
  const n = toNumber(value);
  if ((n | 0) !== n)
    throw new MongoError(code + 1, `${name}'s argument must be representable as a 32-bit integer: ${n}`);
  return n;
}

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

/** An operator over arrays that takes no null for one. */
const strictly =
  (count: [number, number], compute: (values: Maybe[], name: string) => Maybe): OperatorMaker =>
  (operand, compile, name) => {
    const list = argumentsOf(operand, compile, name, ...count);
    return (scope) =>
      compute(
        list.map((expression) => expression(scope)),
        name,
      );
  };

/** An operator over any number of arrays: the first that is null makes the answer null, the first that is no array is refused. */
const overAll = (code: number, compute: (arrays: Value[][]) => Value): OperatorMaker =>
  strictly([0, Infinity], (values, name) => {
    const arrays: Value[][] = [];
    for (const value of values) {
      if (isNullish(value)) return null;
      arrays.push(arrayOf(value, name, code));
    }
    return compute(arrays);
  });

function distinct(values: Value[]): Value[] {
  const sorted = [...values].sort(compare);
  return sorted.filter((value, i) => i === 0 || !equal(value, sorted[i - 1]));
}

const has = (values: Value[], wanted: Value) => values.some((value) => equal(value, wanted));

function slice([array, from, count]: Value[], name: string): Value[] {
  const values = arrayOf(array, name);
  const first = whole(from, name, 28725);
  if (count === undefined) return first >= 0 ? values.slice(0, first) : values.slice(first);
  const length = whole(count, name, 28727);
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

const MAP = { $: 16878, '': 16879, input: 16880, in: 16882 };
const FILTER = { $: 28646, '': 28647, input: 28648, cond: 28650 };
const REDUCE = { $: 40075, '': 40076, input: 40077, initialValue: 40078, in: 40079 };

const each: OperatorMaker = (operand, compile, name) => {
  const filter = name === '$filter';
  const named = namedArguments(
    operand,
    name,
    ['input', filter ? 'cond' : 'in'],
    filter ? ['as', 'limit'] : ['as'],
    filter ? FILTER : MAP,
  );
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
  const named = namedArguments(operand, name, ['input', 'initialValue', 'in'], [], REDUCE);
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

const MAX_RANGE = (100 * 1024 * 1024) / 16;

function range([from, to, ...steps]: Maybe[], name: string): Value[] {
  const [start, end] = [whole(from, name, 34443), whole(to, name, 34445)];
  const by = steps.length === 0 ? 1 : whole(steps[0], name, 34447);
  if (by === 0) throw new MongoError(34449, '$range requires a non-zero step value');
  if ((end - start) / by >= MAX_RANGE) throw new MongoError('ExceededMemoryLimit', '$range would use too much memory');
  const out: Value[] = [];
  for (let n = start; by > 0 ? n < end : n > end; n += by) out.push(n);
  return out;
}

const badPair = (code: number) =>
  new MongoError(code, '$arrayToObject needs pairs of a key, which is a text, and a value');

/** All pairs have the form of the first: [key, value] or { k, v }. */
function pairOf(pair: Value, _at: number, [first]: Value[]): [string, Value] {
  if (Array.isArray(first)) {
    if (!Array.isArray(pair)) throw badPair(40396);
    if (pair.length !== 2) throw badPair(40397);
    if (typeof pair[0] !== 'string') throw badPair(40395);
    return [pair[0], pair[1]!];
  }
  if (!isDoc(first)) throw badPair(40398);
  if (!isDoc(pair)) throw badPair(40391);
  if (pair.size !== 2) throw badPair(40392);
  const [key, value] = [pair.get('k'), pair.get('v')];
  if (key === undefined || value === undefined) throw badPair(40393);
  if (typeof key !== 'string') throw badPair(40394);
  return [key, value];
}

export const ARRAYS: OperatorTable = {
  $size: (operand, compile, name) => {
    const [inner] = argumentsOf(operand, compile, name, 1);
    return (scope) => arrayOf(inner!(scope), name, 17124).length;
  },
  $arrayElemAt: over([2, 2], ([array, at], name) => element(arrayOf(array, name, 28689), whole(at, name))),
  $concatArrays: overAll(28664, (arrays) => arrays.flat()),
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
  $range: strictly([2, 3], range),
  $setUnion: overAll(17043, (arrays) => distinct(arrays.flat())),
  $setIntersection: overAll(17047, ([first = [], ...rest]) =>
    distinct(first.filter((value) => rest.every((list) => has(list, value)))),
  ),
  $setDifference: over([2, 2], ([a, b], name) => {
    const without = arrayOf(b, name, 17049);
    return arrayOf(a, name, 17048).filter((value, i, list) => !has(without, value) && !has(list.slice(0, i), value));
  }),
  $setIsSubset: strictly([2, 2], ([a, b], name) => {
    const [part, all] = [arrayOf(a, name, 17046), arrayOf(b, name, 17042)];
    return part.every((value) => has(all, value));
  }),
  $setEquals: strictly([2, Infinity], (values, name) => {
    const [first, ...rest] = values.map((value) => distinct(arrayOf(value, name, 17044)));
    return rest.every((list) => equal(list, first));
  }),
  $anyElementTrue: strictly([1, 1], ([array], name) => arrayOf(array, name, 17041).some(isTruthy)),
  $allElementsTrue: strictly([1, 1], ([array], name) => arrayOf(array, name, 17040).every(isTruthy)),
  $arrayToObject: over([1, 1], ([array], name) => new Map(arrayOf(array, name, 40386).map(pairOf))),
  $map: each,
  $filter: each,
  $reduce: reduce,
  $zip: zip,
  $sortArray: sortArray,
};
