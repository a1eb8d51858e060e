import { plain } from '../bson/show.js';
import { Decimal128, Double, ObjectId } from 'bson';
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
    : value instanceof Date && target === 'long' ? BigInt(value.getTime())
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
  if (typeof value === 'string' && value.trim() === value && value !== '' && !Number.isNaN(Number(value)))
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
  if (value instanceof Date) return Decimal128.fromString(String(value.getTime()));
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
    return new Date(toNumber(value));
  const time = typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(withZone(value)) : NaN;
  if (Number.isNaN(time)) throw failure(value, 'date');
  return new Date(time);
}

/** A text without a zone means UTC. */
const withZone = (value: string) => (/T[\d:.]+$/.test(value) ? `${value}Z` : value);

export function toText(value: Value, name = '$toString'): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number')
    return Object.is(value, -0) ? '-0' : String(value).replace('e', value > 1 || value < -1 ? 'e' : 'e');
  if (value instanceof Double || value instanceof Decimal128) return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (value instanceof ObjectId) return value.toHexString();
  throw failure(value, `string (${name})`);
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
