import { Decimal128, Double } from 'bson';
import {
  calculate,
  calculateAsDouble,
  compareNumbers,
  exactForDecimal,
  fitsInt64,
  rank,
  toDecimal,
  type Arithmetic,
} from '../bson/numbers.js';
import {
  double,
  isDoc,
  isInt32,
  isNumeric,
  toNumber,
  typeName,
  type Maybe,
  type Numeric,
  type Value,
} from '../bson/value.js';
import { MongoError, typeMismatch } from '../errors/mongo-error.js';
import { argumentsOf, isNullish } from './compile.js';
import type { OperatorMaker, OperatorTable } from './operators.js';

export function numeric(value: Value, name: string): Numeric {
  if (!isNumeric(value)) throw typeMismatch(`${name} only supports numeric types, not ${typeName(value)}`);
  return value;
}

/** Integers that outgrow an int64 go on as a double, as in MongoDB. */
export const apply = (op: Arithmetic, a: Numeric, b: Numeric): Numeric =>
  (calculate(op, a, b) ?? calculateAsDouble(op, a, b)) as Numeric;

const integer = (value: bigint): Value =>
  isInt32(Number(value)) ? Number(value) : fitsInt64(value) ? value : double(Number(value));

const addToDate = (date: Date, amount: Numeric) => new Date(date.getTime() + Math.round(toNumber(amount)));

function add(a: Maybe, b: Maybe): Maybe {
  if (isNullish(a) || isNullish(b)) return null;
  if (a instanceof Date && b instanceof Date) throw typeMismatch('only one date allowed in an $add expression');
  if (a instanceof Date) return addToDate(a, numeric(b, '$add'));
  if (b instanceof Date) return addToDate(b, numeric(a, '$add'));
  return apply('add', numeric(a, '$add'), numeric(b, '$add'));
}

function subtract(a: Maybe, b: Maybe): Maybe {
  if (isNullish(a) || isNullish(b)) return null;
  if (a instanceof Date && b instanceof Date) return BigInt(a.getTime() - b.getTime());
  if (a instanceof Date) return addToDate(a, apply('multiply', numeric(b, '$subtract'), -1));
  return apply('subtract', numeric(a, '$subtract'), numeric(b, '$subtract'));
}

function divide(a: Maybe, b: Maybe): Maybe {
  if (isNullish(a) || isNullish(b)) return null;
  const [x, y] = [numeric(a, '$divide'), numeric(b, '$divide')];
  if (toNumber(y) === 0) throw new MongoError('BadValue', "can't $divide by zero");
  if (Math.max(rank(x), rank(y)) < 3) return double(toNumber(x) / toNumber(y));
  const [p, q] = [exactForDecimal(x), exactForDecimal(y)];
  const scale = 40 + q.digits.toString().length;
  return toDecimal({ digits: (p.digits * 10n ** BigInt(scale)) / q.digits, exponent: p.exponent - q.exponent - scale });
}

function modulo(a: Maybe, b: Maybe): Maybe {
  if (isNullish(a) || isNullish(b)) return null;
  const [x, y] = [numeric(a, '$mod'), numeric(b, '$mod')];
  if (toNumber(y) === 0) throw new MongoError(16610, "can't $mod by zero");
  const highest = Math.max(rank(x), rank(y));
  if (highest === 3) throw new MongoError('CommandNotSupported', '$mod of a Decimal128 is not supported');
  if (highest === 2) return double(toNumber(x) % toNumber(y));
  const result = BigInt(x as number | bigint) % BigInt(y as number | bigint);
  return highest === 0 ? Number(result) : result;
}

const binary =
  (compute: (a: Maybe, b: Maybe) => Maybe): OperatorMaker =>
  (operand, compile, name) => {
    const [left, right] = argumentsOf(operand, compile, name, 2);
    return (scope) => compute(left!(scope), right!(scope));
  };

const variadic =
  (start: Value, compute: (a: Maybe, b: Maybe) => Maybe): OperatorMaker =>
  (operand, compile, name) => {
    const list = argumentsOf(operand, compile, name, 0, Infinity);
    return (scope) => list.reduce<Maybe>((total, expression) => compute(total, expression(scope)), start);
  };

/** A function of one number; int and long stay what they are through `whole`, the others become doubles. */
const unary =
  (whole: (n: bigint) => bigint | undefined, float: (n: number) => number): OperatorMaker =>
  (operand, compile, name) => {
    const [inner] = argumentsOf(operand, compile, name, 1);
    return (scope) => {
      const value = inner!(scope);
      if (isNullish(value)) return null;
      const n = numeric(value, name);
      if (n instanceof Decimal128)
        throw new MongoError('CommandNotSupported', `${name} of a Decimal128 is not supported`);
      if (rank(n) === 2) return double(float(toNumber(n)));
      const result = whole(BigInt(n as number | bigint));
      if (result === undefined) return double(float(toNumber(n)));
      return rank(n) === 0 ? integer(result) : result;
    };
  };

const isEmpty = (operand: Value) => (isDoc(operand) ? operand.size : Array.isArray(operand) ? operand.length : 1) === 0;

const abs = (n: bigint) => (n < 0n ? -n : n);
const same = (n: bigint) => n;
const never = () => undefined;

/** Halves go to the even neighbour, as in MongoDB. */
function roundTo(value: number, places: number, truncate: boolean): number {
  const text = Math.abs(value).toExponential();
  const [mantissa, power] = text.split('e') as [string, string];
  const shifted = Number(`${mantissa}e${Number(power) + places}`);
  const floor = Math.floor(shifted);
  const up = shifted - floor > 0.5 || (shifted - floor === 0.5 && floor % 2 === 1);
  const whole = truncate || !up ? floor : floor + 1;
  return Math.sign(value) * Number(`${whole}e${-places}`);
}

const rounding =
  (truncate: boolean): OperatorMaker =>
  (operand, compile, name) => {
    const [inner, places] = argumentsOf(operand, compile, name, 1, 2);
    return (scope) => {
      const value = inner!(scope);
      const at = places ? places(scope) : 0;
      if (isNullish(value) || isNullish(at)) return null;
      const n = numeric(value, name);
      const digits = toNumber(numeric(at, name));
      if (n instanceof Decimal128)
        throw new MongoError('CommandNotSupported', `${name} of a Decimal128 is not supported`);
      if (rank(n) < 2 && digits >= 0) return n;
      const result = Number.isFinite(toNumber(n)) ? roundTo(toNumber(n), digits, truncate) : toNumber(n);
      return rank(n) === 2 ? double(result) : rank(n) === 1 ? BigInt(result) : integer(BigInt(result));
    };
  };

function power(a: Maybe, b: Maybe): Maybe {
  if (isNullish(a) || isNullish(b)) return null;
  const [x, y] = [numeric(a, '$pow'), numeric(b, '$pow')];
  if (Math.max(rank(x), rank(y)) === 3)
    throw new MongoError('CommandNotSupported', '$pow of a Decimal128 is not supported');
  if (compareNumbers(x, 0) === 0 && compareNumbers(y, 0) < 0)
    throw new MongoError(28764, '$pow cannot take a base of 0 and a negative exponent');
  if (x instanceof Double || y instanceof Double || Math.max(rank(x), rank(y)) === 2 || compareNumbers(y, 0) < 0)
    return double(toNumber(x) ** toNumber(y));
  const result =
    toNumber(y) > 64 && ![-1, 0, 1].includes(toNumber(x))
      ? undefined
      : BigInt(x as number | bigint) ** BigInt(y as number | bigint);
  if (result === undefined || !fitsInt64(result)) return double(toNumber(x) ** toNumber(y));
  return Math.max(rank(x), rank(y)) === 1 ? result : integer(result);
}

export const ARITHMETIC: OperatorTable = {
  $add: variadic(0, add),
  $multiply: variadic(1, (a, b) =>
    isNullish(a) || isNullish(b) ? null : apply('multiply', numeric(a, '$multiply'), numeric(b, '$multiply')),
  ),
  $subtract: binary(subtract),
  $divide: binary(divide),
  $mod: binary(modulo),
  $pow: binary(power),
  $rand(operand) {
    if (!isEmpty(operand)) throw new MongoError(3040501, '$rand does not currently accept arguments');
    return () => double(Math.random());
  },
  $abs: unary(abs, Math.abs),
  $ceil: unary(same, Math.ceil),
  $floor: unary(same, Math.floor),
  $round: rounding(false),
  $trunc: rounding(true),
  $sqrt: unary(never, Math.sqrt),
  $exp: unary(never, Math.exp),
  $ln: unary(never, Math.log),
  $log10: unary(never, Math.log10),
};
