import { plain } from '../bson/show.js';
import { Decimal128, Double, ObjectId, Timestamp } from 'bson';
import { millisOf } from '../bson/dates.js';
import { exact, exactForDecimal, fitsInt64, special, toDecimal } from '../bson/numbers.js';
import {
  double,
  isInt32,
  isNumeric,
  TYPE_CODES,
  toNumber,
  typeName,
  type Maybe,
  type Numeric,
  type Value,
} from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { argumentsOf, isNullish, isTruthy, namedArguments } from './compile.js';
import type { OperatorMaker, OperatorTable } from './operators.js';

const failure = (value: Value, target: string) =>
  new MongoError(
    'ConversionFailure',
    `Unsupported conversion from ${typeName(value)} to ${target} in $convert with no onError value`,
  );

function truncate(value: Numeric, target: string): bigint {
  if (special(value) !== undefined)
    throw new MongoError('ConversionFailure', `Attempt to convert NaN or infinite value to ${target}`);
  const { digits, exponent } = exact(value);
  return exponent >= 0 ? digits * 10n ** BigInt(exponent) : digits / 10n ** BigInt(-exponent);
}

function toWhole(value: Value, target: 'int' | 'long'): Value {
  const source =
    typeof value === 'string' && /^[+-]?\d+$/.test(value) ? BigInt(value)
    : typeof value === 'boolean' ? (value ? 1n : 0n)
    : value instanceof Date && target === 'long' ? millisOf(value)
    : isNumeric(value) ? truncate(value, target)
    : undefined; // prettier-ignore
  if (source === undefined) throw failure(value, target);
  if (target === 'int' ? !isInt32(Number(source)) : !fitsInt64(source))
    throw new MongoError(
      'ConversionFailure',
      `Conversion would overflow target type in $convert with no onError value: ${source}`,
    );
  return target === 'int' ? Number(source) : source;
}

function toDouble(value: Value): Value {
  if (typeof value === 'string' && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value))
    return double(Number(value));
  if (typeof value === 'boolean') return double(value ? 1 : 0);
  if (value instanceof Date) return double(value.getTime());
  if (!isNumeric(value)) throw failure(value, 'double');
  return double(toNumber(value));
}

function toDecimal128(value: Value): Value {
  if (value instanceof Decimal128) return value;
  if (typeof value === 'string') return parsed(() => Decimal128.fromString(value), value, 'decimal');
  if (typeof value === 'boolean') return Decimal128.fromString(value ? '1' : '0');
  if (value instanceof Date) return Decimal128.fromString(String(millisOf(value)));
  if (!isNumeric(value)) throw failure(value, 'decimal');
  const known = special(value);
  return known === undefined ? toDecimal(exactForDecimal(value)) : Decimal128.fromString(String(known));
}

function parsed<T>(parse: () => T, value: Value, target: string): T {
  try {
    return parse();
  } catch {
    throw new MongoError(
      'ConversionFailure',
      `Failed to parse ${target} '${plain(value)}' in $convert with no onError value`,
    );
  }
}

export function toDate(value: Value): Date {
  if (value instanceof Date) return value;
  if (value instanceof ObjectId) return value.getTimestamp();
  if (
    typeof value === 'bigint' ||
    value instanceof Double ||
    (typeof value === 'number' && !isInt32(value)) ||
    value instanceof Decimal128
  )
    return dateAt(Math.trunc(toNumber(value)), value);
  if (value instanceof Timestamp) return new Date(value.getHighBitsUnsigned() * 1000);
  if (typeof value !== 'string') throw failure(value, 'date');
  const [, date, time = '00:00:00', zone = 'Z'] = DATE_TEXT.exec(value) ?? [];
  return dateAt(isDay(date) ? Date.parse(`${date}T${time}${zone}`) : NaN, value);
}

/** A text without a zone means UTC. Other forms of dates that MongoDB reads are refused. */
const DATE_TEXT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?))? ?(Z|[+-]\d\d:\d\d)?$/;

/** Whether the month has this day; JavaScript would go on into the next month. */
const isDay = (date: string | undefined): boolean => {
  const time = date === undefined ? NaN : Date.parse(date);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date!);
};

function dateAt(ms: number, source: Value): Date {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) throw failure(source, 'date');
  return date;
}

export function toText(value: Value, name = '$toString'): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number' || value instanceof Double) return numberText(Number(value));
  if (value instanceof Decimal128) return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (value instanceof ObjectId) return value.toHexString();
  throw failure(value, `string (${name})`);
}

/** A number with up to 16 significant digits, as C's %.16g writes it. */
function numberText(value: number): string {
  if (!Number.isFinite(value) || isInt32(value)) return String(value);
  const [mantissa, power] = value.toExponential(15).split('e') as [string, string];
  const exponent = Number(power);
  const trimmed = (text: string) => text.replace(/\.?0+$/, '');
  if (exponent >= -4 && exponent < 16)
    return exponent === 15 ? value.toFixed(0) : trimmed(value.toFixed(15 - exponent));
  return `${trimmed(mantissa)}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

const TARGETS: Readonly<Record<string, (value: Value) => Value>> = {
  double: toDouble,
  string: (value) => toText(value),
  objectId: (value) =>
    value instanceof ObjectId
      ? value
      : typeof value === 'string'
        ? parsed(() => ObjectId.createFromHexString(value), value, 'objectId')
        : fail(value, 'objectId'),
  bool: (value) => isTruthy(value),
  date: toDate,
  int: (value) => toWhole(value, 'int'),
  long: (value) => toWhole(value, 'long'),
  decimal: toDecimal128,
};

function fail(value: Value, target: string): never {
  throw failure(value, target);
}

const to =
  (target: string): OperatorMaker =>
  (operand, compile, name) => {
    const [inner] = argumentsOf(operand, compile, name, 1);
    return (scope) => {
      const value = inner!(scope);
      return isNullish(value) ? null : TARGETS[target]!(value);
    };
  };

function targetOf(value: Maybe): string {
  const name = isNumeric(value) ? Object.keys(TYPE_CODES).find((key) => TYPE_CODES[key] === toNumber(value)) : value;
  if (typeof name !== 'string' || !TARGETS[name]) throw new MongoError('BadValue', `Unknown type name: ${plain(name)}`);
  return name;
}

const convert: OperatorMaker = (operand, compile, name) => {
  const named = namedArguments(operand, name, ['input', 'to'], ['onError', 'onNull']);
  const [input, target] = [compile(named.get('input')!), compile(named.get('to')!)];
  const onError = named.has('onError') ? compile(named.get('onError')!) : undefined;
  const onNull = named.has('onNull') ? compile(named.get('onNull')!) : () => null;
  return (scope) => {
    const value = input(scope);
    if (isNullish(value)) return onNull(scope);
    const make = TARGETS[targetOf(target(scope))]!;
    try {
      return make(value);
    } catch (error) {
      if (!onError || !(error instanceof MongoError)) throw error;
      return onError(scope);
    }
  };
};

const ofOne =
  (compute: (value: Maybe) => Value): OperatorMaker =>
  (operand, compile, name) => {
    const [inner] = argumentsOf(operand, compile, name, 1);
    return (scope) => compute(inner!(scope));
  };

export const CONVERSIONS: OperatorTable = {
  $toDouble: to('double'),
  $toString: to('string'),
  $toObjectId: to('objectId'),
  $toBool: to('bool'),
  $toDate: to('date'),
  $toInt: to('int'),
  $toLong: to('long'),
  $toDecimal: to('decimal'),
  $convert: convert,
  $type: ofOne((value) => typeName(value)),
  $isNumber: ofOne((value) => isNumeric(value)),
};
