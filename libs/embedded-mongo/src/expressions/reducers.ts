import { compare } from '../bson/compare.js';
import { Decimal128 } from 'bson';
import { exact, fitsInt64, rank, toDecimal } from '../bson/numbers.js';
import { double, isInt32, isNumeric, toNumber, type Maybe, type Numeric, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { apply, ARITHMETIC } from './arithmetic.js';
import { argumentsOf, isNullish, namedArguments, type Compile } from './compile.js';
import type { OperatorMaker, OperatorTable } from './operators.js';
import { emptyScope, type Expression } from './scope.js';

/** The two parts of a sum of doubles: what it is, and what got lost by rounding on the way. */
function compensated(values: readonly number[]): number {
  let [sum, lost] = [0, 0];
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return Number.isFinite(sum) ? sum + lost : sum;
}

/**
 * Numbers of all types are added without loss: whole ones exactly, doubles with what rounding loses. The type of the sum is the
 * widest there was; only an int32 sum grows into an int64, and that into a double.
 */
export function sum(values: Maybe[]): Value {
  const numbers = values.filter(isNumeric);
  const widest = numbers.reduce<number>((found, value) => Math.max(found, rank(value)), 0);
  const whole = numbers.reduce<bigint>(
    (total, value) => (rank(value) < 2 ? total + BigInt(value as bigint) : total),
    0n,
  );
  if (widest < 2) {
    if (!fitsInt64(whole)) return double(Number(whole));
    return widest === 0 && isInt32(Number(whole)) ? Number(whole) : whole;
  }
  const high = Number(whole);
  const total = compensated([
    ...numbers.filter((value) => rank(value) === 2).map(toNumber),
    high,
    Number(whole - BigInt(high)),
  ]);
  if (widest === 2) return double(total);
  return numbers
    .filter((value) => rank(value) === 3)
    .reduce((found, value) => apply('add', found, value), inDecimal(total));
}

const inDecimal = (value: number): Numeric =>
  Number.isFinite(value) ? toDecimal(exact(value)) : Decimal128.fromString(String(value));

const divideExpression = (a: Value, b: Value): Value => {
  const compile: Compile = (value) => () => value;
  return ARITHMETIC.$divide!([a, b], compile, '$divide')(emptyScope(new Date(0))) as Value;
};

export function average(values: Maybe[]): Value {
  const numbers = values.filter(isNumeric);
  if (numbers.length === 0) return null;
  return divideExpression(sum(numbers), numbers.length);
}

export function extreme(values: Maybe[], side: 1 | -1): Value {
  let best: Maybe;
  for (const value of values) {
    if (isNullish(value)) continue;
    if (best === undefined || compare(value, best) * side > 0) best = value;
  }
  return best ?? null;
}

export function deviation(values: Maybe[], sample: boolean): Value {
  const numbers = values.filter(isNumeric);
  if (numbers.some((value) => rank(value) === 3))
    throw new MongoError('CommandNotSupported', 'the deviation of Decimal128 values is not supported');
  const plain = numbers.map(toNumber);
  if (plain.length === 0 || (sample && plain.length === 1)) return null;
  // Welford's way, number by number: another one gives other last digits.
  let [mean, squares] = [0, 0];
  plain.forEach((n, i) => {
    const delta = n - mean;
    mean += delta / (i + 1);
    squares += delta * (n - mean);
  });
  return double(Math.sqrt(squares / (sample ? plain.length - 1 : plain.length)));
}

/** The accumulators that are expressions as well: of one array, or of several arguments. */
const folding =
  (fold: (values: Maybe[]) => Value): OperatorMaker =>
  (operand, compile, name) => {
    const list = argumentsOf(operand, compile, name, 1, Infinity);
    const spread = list.length === 1;
    return (scope) => {
      const values = list.map((expression) => expression(scope));
      return fold(spread && Array.isArray(values[0]) ? values[0] : values);
    };
  };

const edge =
  (last: boolean): OperatorMaker =>
  (operand, compile, name) => {
    const [inner] = argumentsOf(operand, compile, name, 1);
    return (scope) => {
      const value = inner!(scope);
      if (isNullish(value)) return null;
      if (!Array.isArray(value)) throw new MongoError(28689, `${name}'s argument must be an array`);
      return value.at(last ? -1 : 0);
    };
  };

const edgeN =
  (pick: (values: Value[], n: number) => Value[]): OperatorMaker =>
  (operand, compile, name) => {
    const named = namedArguments(operand, name, ['n', 'input']);
    const [input, count]: Expression[] = [compile(named.get('input')!), compile(named.get('n')!)];
    return (scope) => {
      const [values, n] = [input!(scope), count!(scope)];
      if (!Array.isArray(values)) throw new MongoError(5788200, `${name}'s input must be an array`);
      if (!isNumeric(n) || toNumber(n) < 1 || !Number.isInteger(toNumber(n)))
        throw new MongoError(5787908, `'n' must be greater than 0`);
      return pick(values, toNumber(n));
    };
  };

const ordered = (values: Value[], side: 1 | -1) =>
  values.filter((value) => value !== null).sort((a, b) => compare(a, b) * side);

export const REDUCERS: OperatorTable = {
  $sum: folding(sum),
  $avg: folding(average),
  $max: folding((values) => extreme(values, 1)),
  $min: folding((values) => extreme(values, -1)),
  $stdDevPop: folding((values) => deviation(values, false)),
  $stdDevSamp: folding((values) => deviation(values, true)),
  $first: edge(false),
  $last: edge(true),
  $firstN: edgeN((values, n) => values.slice(0, n)),
  $lastN: edgeN((values, n) => values.slice(-n)),
  $maxN: edgeN((values, n) => ordered(values, -1).slice(0, n)),
  $minN: edgeN((values, n) => ordered(values, 1).slice(0, n)),
};
