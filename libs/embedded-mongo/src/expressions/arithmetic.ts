import { Decimal128 } from 'bson';
import { nearDate } from '../bson/dates.js';
import {
  calculate,
  calculateAsDouble,
  compareNumbers,
  exact,
  exactForDecimal,
  fitsInt64,
  rank,
  special,
  toDecimal,
  type Arithmetic,
  type Exact,
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
import { MongoError } from '../errors/mongo-error.js';
import { argumentsOf, isNullish } from './compile.js';
import type { OperatorMaker, OperatorTable } from './operators.js';

export function numeric(value: Value, name: string, code: number | 'TypeMismatch' = 'TypeMismatch'): Numeric {
  if (!isNumeric(value)) throw new MongoError(code, `${name} only supports numeric types, not ${typeName(value)}`);
  return value;
}

/** Integers that outgrow an int64 go on as a double, as in MongoDB. */
export const apply = (op: Arithmetic, a: Numeric, b: Numeric): Numeric =>
  (calculate(op, a, b) ?? calculateAsDouble(op, a, b)) as Numeric;

const integer = (value: bigint): Value =>
  isInt32(Number(value)) ? Number(value) : fitsInt64(value) ? value : double(Number(value));

/** Rounded as C does: halves away from zero. */
const addToDate = (date: Date, amount: Numeric) => {
  const ms = toNumber(amount);
  return dateAt(nearDate(date).getTime() + Math.sign(ms) * Math.round(Math.abs(ms)));
};

function dateAt(ms: number): Date {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) throw new MongoError('Overflow', 'date overflow');
  return date;
}

/** Int32 when only those were added or multiplied and the result is one; the first null ends it. */
function folded(op: 'add' | 'multiply', values: Iterable<Maybe>, start: Numeric): Value {
  let total = start;
  let wide = false;
  for (const value of values) {
    if (isNullish(value)) return null;
    const n = numeric(value, `$${op}`);
    wide ||= rank(n) > 0;
    total = apply(op, total, n);
  }
  return typeof total === 'bigint' && !wide ? integer(total) : total;
}

function addAll(values: Maybe[]): Value {
  const at = values.findIndex((value) => value instanceof Date);
  const stop = values.findIndex(isNullish);
  if (at < 0 || (stop >= 0 && stop < at)) return folded('add', values, 0);
  const rest = values.filter((_value, i) => i !== at);
  if (rest.some((value) => value instanceof Date))
    throw new MongoError(16612, 'only one date allowed in an $add expression');
  return rest.reduce<Value>(
    (date, value) => (isNullish(value) || date === null ? null : addToDate(date as Date, numeric(value, '$add'))),
    values[at] as Date,
  );
}

function subtract(a: Maybe, b: Maybe): Maybe {
  if (isNullish(a) || isNullish(b)) return null;
  if (a instanceof Date && b instanceof Date) return BigInt(nearDate(a).getTime() - nearDate(b).getTime());
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
  let [digits, exponent] = [(p.digits * 10n ** BigInt(scale)) / q.digits, p.exponent - q.exponent - scale];
  for (; exponent < p.exponent - q.exponent && digits % 10n === 0n; exponent++) digits /= 10n;
  return toDecimal({ digits, exponent });
}

function modulo(a: Maybe, b: Maybe): Maybe {
  if (isNullish(a) || isNullish(b)) return null;
  const [x, y] = [numeric(a, '$mod', 16611), numeric(b, '$mod', 16611)];
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
  (compute: (values: Maybe[]) => Value): OperatorMaker =>
  (operand, compile, name) => {
    const list = argumentsOf(operand, compile, name, 0, Infinity);
    return (scope) => compute(list.map((expression) => expression(scope)));
  };

/** A function of one number; int and long stay what they are through `whole`, the others become doubles. */
const unary =
  (whole: (n: bigint) => bigint | undefined, float: (n: number) => number): OperatorMaker =>
  (operand, compile, name) => {
    const [inner] = argumentsOf(operand, compile, name, 1);
    return (scope) => {
      const value = inner!(scope);
      if (isNullish(value)) return null;
      const n = numeric(value, name, 28765);
      if (n instanceof Decimal128)
        throw new MongoError('CommandNotSupported', `${name} of a Decimal128 is not supported`);
      if (rank(n) === 2) return double(float(toNumber(n)));
      const result = whole(BigInt(n as number | bigint));
      if (result === undefined) return double(float(toNumber(n)));
      return rank(n) === 0 ? integer(result) : result;
    };
  };

const isEmpty = (operand: Value) => (isDoc(operand) ? operand.size : Array.isArray(operand) ? operand.length : 1) === 0;

const abs = (n: bigint) => {
  if (n < 0n && !fitsInt64(-n)) throw new MongoError(28680, "can't take $abs of long long min");
  return n < 0n ? -n : n;
};

/** Refuses what a function of real numbers has no value for; NaN stays NaN. */
const inDomain = (isInside: (n: number) => boolean, code: number, compute: (n: number) => number) => (n: number) => {
  if (!Number.isNaN(n) && !isInside(n))
    throw new MongoError(code, `the argument ${n} is out of the range of the function`);
  return compute(n);
};
const same = (n: bigint) => n;
const never = () => undefined;

/** Halves go to the even neighbour, as in MongoDB. */
function roundTo(value: Exact, places: number, truncate: boolean): Exact {
  if (value.exponent >= -places) return value;
  const unit = 10n ** BigInt(-places - value.exponent);
  const digits = value.digits / unit;
  const rest = value.digits % unit;
  const twice = rest < 0n ? -2n * rest : 2n * rest;
  const up = !truncate && (twice > unit || (twice === unit && digits % 2n !== 0n));
  return { digits: up ? digits + (value.digits < 0n ? -1n : 1n) : digits, exponent: -places };
}

const numberOf = ({ digits, exponent }: Exact) => Number(`${digits}e${exponent}`);

const rounding =
  (truncate: boolean): OperatorMaker =>
  (operand, compile, name) => {
    const [inner, places] = argumentsOf(operand, compile, name, 1, 2);
    return (scope) => {
      const value = inner!(scope);
      const at = places ? places(scope) : 0;
      if (isNullish(value) || isNullish(at)) return null;
      const n = numeric(value, name, 51081);
      const digits = toNumber(numeric(at, name, 51082));
      if (!Number.isInteger(digits))
        throw new MongoError(51082, `precision argument to ${name} must be a integral value`);
      if (digits < -20 || digits > 100)
        throw new MongoError(51083, `cannot apply ${name} with precision value ${digits} value must be in [-20, 100]`);
      if (n instanceof Decimal128)
        throw new MongoError('CommandNotSupported', `${name} of a Decimal128 is not supported`);
      if (rank(n) < 2 && digits >= 0) return n;
      if (special(n) !== undefined) return n;
      const rounded = roundTo(exact(toDecimal(exact(n))), digits, truncate);
      if (rank(n) === 2)
        return double(
          Math.abs(numberOf(rounded)) * (Object.is(Math.sign(toNumber(n)), -0) || toNumber(n) < 0 ? -1 : 1),
        );
      const whole = rounded.digits * 10n ** BigInt(rounded.exponent);
      return rank(n) === 1 ? whole : integer(whole);
    };
  };

function power(a: Maybe, b: Maybe): Maybe {
  if (isNullish(a) || isNullish(b)) return null;
  const [x, y] = [numeric(a, '$pow', 28762), numeric(b, '$pow', 28763)];
  if (Math.max(rank(x), rank(y)) === 3)
    throw new MongoError('CommandNotSupported', '$pow of a Decimal128 is not supported');
  if (compareNumbers(x, 0) === 0 && compareNumbers(y, 0) < 0)
    throw new MongoError(28764, '$pow cannot take a base of 0 and a negative exponent');
  const unit = [-1, 0, 1].includes(toNumber(x));
  if (Math.max(rank(x), rank(y)) === 2 || (compareNumbers(y, 0) < 0 && !unit))
    return double(toNumber(x) ** toNumber(y));
  const result =
    unit ? BigInt(toNumber(x) ** Math.abs(toNumber(y) % 2 || 2 * Math.sign(toNumber(y))))
    : toNumber(y) > 64 ? undefined
    : BigInt(x as number | bigint) ** BigInt(y as number | bigint); // prettier-ignore
  if (result === undefined || !fitsInt64(result)) return double(toNumber(x) ** toNumber(y));
  return Math.max(rank(x), rank(y)) === 1 ? result : integer(result);
}

export const ARITHMETIC: OperatorTable = {
  $add: variadic(addAll),
  $multiply: variadic((values) => folded('multiply', values, 1)),
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
  $sqrt: unary(
    never,
    inDomain((n) => n >= 0, 28714, Math.sqrt),
  ),
  $exp: unary(never, Math.exp),
  $ln: unary(
    never,
    inDomain((n) => n > 0, 28766, Math.log),
  ),
  $log10: unary(
    never,
    inDomain((n) => n > 0, 28761, Math.log10),
  ),
};
