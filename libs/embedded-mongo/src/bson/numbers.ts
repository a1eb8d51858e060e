import { Decimal128, Double } from 'bson';
import { MongoError } from '../errors/mongo-error.js';
import { double, isInt32, type Numeric, type Value } from './value.js';

/** A finite number exactly: digits * 10^exponent. */
export interface Exact {
  digits: bigint;
  exponent: number;
}

export const rank = (n: Numeric): 0 | 1 | 2 | 3 =>
  typeof n === 'bigint' ? 1 : n instanceof Decimal128 ? 3 : n instanceof Double || !isInt32(n) ? 2 : 0;

/** A double or a decimal that is not finite, as a JavaScript number; a finite number gives undefined. */
export function special(n: Numeric): number | undefined {
  if (typeof n === 'bigint') return undefined;
  const value = n instanceof Double ? n.value : n instanceof Decimal128 ? specialDecimal(n) : n;
  return value === undefined || Number.isFinite(value) ? undefined : value;
}

function specialDecimal(n: Decimal128): number | undefined {
  const top = n.bytes[15]! & 0x7e;
  if ((n.bytes[15]! & 0x7c) === 0x7c) return NaN;
  if (top === 0x78 || top === 0x7a) return n.bytes[15]! & 0x80 ? -Infinity : Infinity;
  return undefined;
}

export function exact(n: Numeric): Exact {
  if (typeof n === 'bigint') return { digits: n, exponent: 0 };
  if (n instanceof Decimal128) return exactDecimal(n.toString());
  return exactDouble(n instanceof Double ? n.value : n);
}

function exactDecimal(text: string): Exact {
  const match = /^(-?)(\d*)\.?(\d*)(?:E([+-]?\d+))?$/i.exec(text);
  if (!match) throw new TypeError(`not a decimal: ${text}`);
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  const digits = BigInt(whole + fraction || '0');
  return { digits: sign ? -digits : digits, exponent: Number(power) - fraction.length };
}

const view = new DataView(new ArrayBuffer(8));

/** Every finite double is an integer times a power of two, and so it is a finite decimal too. */
function exactDouble(value: number): Exact {
  if (Number.isInteger(value)) return { digits: BigInt(value), exponent: 0 };
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const mantissa = (bits & 0xfffffffffffffn) | (biased === 0 ? 0n : 1n << 52n);
  const shift = Math.max(biased, 1) - 1075;
  const digits = value < 0 ? -mantissa : mantissa;
  return { digits: digits * 5n ** BigInt(-shift), exponent: shift };
}

export function compareExact(a: Exact, b: Exact): number {
  const low = Math.min(a.exponent, b.exponent);
  const left = a.digits * 10n ** BigInt(a.exponent - low);
  const right = b.digits * 10n ** BigInt(b.exponent - low);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** NaN is below every number; zero and minus zero are equal; everything else compares by its exact value, whatever its type. */
export function compareNumbers(a: Numeric, b: Numeric): number {
  const x = a instanceof Double ? a.value : a;
  const y = b instanceof Double ? b.value : b;
  if (!(x instanceof Decimal128) && !(y instanceof Decimal128)) {
    if (x < y) return -1;
    if (x > y) return 1;
    if (x == y) return 0; // eslint-disable-line eqeqeq -- a number and a bigint of one value are equal
    return compareNaN(Number.isNaN(x), Number.isNaN(y));
  }
  const s = special(x);
  const t = special(y);
  if (s === undefined && t === undefined) return compareExact(exact(x), exact(y));
  if (Number.isNaN(s) || Number.isNaN(t)) return compareNaN(Number.isNaN(s), Number.isNaN(t));
  return Math.sign((s ?? 0) - (t ?? 0)) || 0;
}

const compareNaN = (left: boolean, right: boolean) => (left === right ? 0 : left ? -1 : 1);

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
export const fitsInt64 = (n: bigint): boolean => n >= INT64_MIN && n <= INT64_MAX;

const toFloat = (n: Numeric): number =>
  n instanceof Double ? n.value : Number(n instanceof Decimal128 ? n.toString() : n);

export type Arithmetic = 'add' | 'subtract' | 'multiply';

const integers: Record<Arithmetic, (a: bigint, b: bigint) => bigint> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
};
const floats: Record<Arithmetic, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
};

/** Undefined when the result of two integers does not fit into an int64: expressions go on as double, updates refuse. */
export function calculate(op: Arithmetic, a: Numeric, b: Numeric): Value | undefined {
  const highest = Math.max(rank(a), rank(b));
  if (highest === 3) return calculateDecimal(op, a, b);
  if (highest === 2) return double(floats[op](toFloat(a), toFloat(b)));
  const result = integers[op](BigInt(a as number | bigint), BigInt(b as number | bigint));
  if (highest === 0 && isInt32(Number(result))) return Number(result);
  return fitsInt64(result) ? result : undefined;
}

export function calculateAsDouble(op: Arithmetic, a: Numeric, b: Numeric): Value {
  return double(floats[op](toFloat(a), toFloat(b)));
}

function calculateDecimal(op: Arithmetic, a: Numeric, b: Numeric): Value {
  if (special(a) !== undefined || special(b) !== undefined)
    return Decimal128.fromString(String(floats[op](toFloat(a), toFloat(b))));
  const [x, y] = [exactForDecimal(a), exactForDecimal(b)];
  if (op === 'multiply') return toDecimal({ digits: x.digits * y.digits, exponent: x.exponent + y.exponent });
  const low = Math.min(x.exponent, y.exponent);
  const left = x.digits * 10n ** BigInt(x.exponent - low);
  const right = y.digits * 10n ** BigInt(y.exponent - low);
  return toDecimal({ digits: op === 'add' ? left + right : left - right, exponent: low });
}

/** MongoDB reads a double as a decimal with 15 significant digits: 0.1 becomes 0.1 and not its 55 exact digits. */
export function exactForDecimal(n: Numeric): Exact {
  if (n instanceof Decimal128 || rank(n) < 2) return exact(n);
  return exactDecimal(toFloat(n).toPrecision(15));
}

/** Rounded half to even at 34 digits, as IEEE 754 says. */
export function toDecimal({ digits, exponent }: Exact): Decimal128 {
  const negative = digits < 0n;
  let rest = negative ? -digits : digits;
  let power = exponent;
  const excess = rest.toString().length - 34;
  if (excess > 0) {
    const unit = 10n ** BigInt(excess);
    const remainder = rest % unit;
    rest /= unit;
    power += excess;
    if (remainder * 2n > unit || (remainder * 2n === unit && rest % 2n === 1n)) rest += 1n;
    if (rest.toString().length > 34) {
      rest /= 10n;
      power += 1;
    }
  }
  if (power > 6111 || power < -6176) throw new MongoError('Overflow', 'the result does not fit into a Decimal128');
  return Decimal128.fromString(`${negative ? '-' : ''}${rest}E${power >= 0 ? '+' : ''}${power}`);
}
