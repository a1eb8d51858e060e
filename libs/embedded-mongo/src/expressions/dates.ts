import { plain } from '../bson/show.js';
import { ObjectId, Timestamp } from 'bson';
import { isDoc, isNumeric, toNumber, typeName, type Maybe, type Value } from '../bson/value.js';
import { nearDate } from '../bson/dates.js';
import { MongoError } from '../errors/mongo-error.js';
import { isNullish, namedArguments, type Compile } from './compile.js';
import { toDate } from './conversions.js';
import type { OperatorMaker, OperatorTable } from './operators.js';
import type { Scope } from './scope.js';

function dateOf(value: Maybe, name: string): Date {
  if (value instanceof Date) return nearDate(value);
  if (value instanceof ObjectId) return value.getTimestamp();
  if (value instanceof Timestamp) return new Date(value.getHighBitsUnsigned() * 1000);
  throw new MongoError(16006, `can't convert from BSON type ${typeName(value)} to Date (${name})`);
}

/** Offsets such as +02:00 are known; names of places would need a table of zones and are refused. */
function offsetMinutes(zone: Maybe): number {
  if (zone === undefined || zone === 'UTC' || zone === 'GMT' || zone === 'Z') return 0;
  const match = typeof zone === 'string' ? /^([+-])(\d\d):?(\d\d)?$/.exec(zone) : null;
  if (!match)
    throw new MongoError(
      40485,
      `unrecognized time zone identifier: ${plain(zone)}; only UTC and offsets are supported`,
    );
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3] ?? 0));
}

const DAY = 86_400_000;
const dayOfYear = (date: Date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY) + 1;
const isoDay = (date: Date) => date.getUTCDay() || 7;

function isoWeek(date: Date): { year: number; week: number } {
  const thursday = new Date(Math.floor(date.getTime() / DAY) * DAY + (4 - isoDay(date)) * DAY);
  return { year: thursday.getUTCFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) };
}

const PARTS: Readonly<Record<string, (date: Date) => Value>> = {
  $year: (date) => date.getUTCFullYear(),
  $month: (date) => date.getUTCMonth() + 1,
  $dayOfMonth: (date) => date.getUTCDate(),
  $hour: (date) => date.getUTCHours(),
  $minute: (date) => date.getUTCMinutes(),
  $second: (date) => date.getUTCSeconds(),
  $millisecond: (date) => date.getUTCMilliseconds(),
  $dayOfYear: dayOfYear,
  $dayOfWeek: (date) => date.getUTCDay() + 1,
  $isoDayOfWeek: isoDay,
  $isoWeek: (date) => isoWeek(date).week,
  $isoWeekYear: (date) => BigInt(isoWeek(date).year),
};

const part: OperatorMaker = (operand, compile, name) => {
  const named =
    isDoc(operand) && operand.has('date') ? namedArguments(operand, name, ['date'], ['timezone']) : undefined;
  const single = Array.isArray(operand) ? operand[0]! : operand;
  const date = compile(named ? named.get('date')! : single);
  const zone = named?.has('timezone') ? compile(named.get('timezone')!) : () => undefined;
  return (scope) => {
    const value = date(scope);
    if (isNullish(value) || zone(scope) === null) return null;
    return PARTS[name]!(new Date(dateOf(value, name).getTime() + offsetMinutes(zone(scope)) * 60_000));
  };
};

type Argument = (scope: Scope) => Maybe;

function argumentsNamed(
  operand: Value,
  compile: Compile,
  name: string,
  required: string[],
  optional: string[],
): Record<string, Argument> {
  const named = namedArguments(operand, name, required, optional);
  const out: Record<string, Argument> = {};
  for (const key of [...required, ...optional]) out[key] = named.has(key) ? compile(named.get(key)!) : () => undefined;
  return out;
}

const UNITS: Readonly<Record<string, number>> = {
  week: 7 * DAY,
  day: DAY,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
};
const MONTHS: Readonly<Record<string, number>> = { year: 12, quarter: 3, month: 1 };

function addUnits(date: Date, unit: string, amount: number): Date {
  if (UNITS[unit]) return new Date(date.getTime() + amount * UNITS[unit]);
  const months = MONTHS[unit];
  if (!months) throw new MongoError('FailedToParse', `unknown time unit value: ${unit}`);
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + amount * months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return new Date(
    first.getTime() + (Math.min(date.getUTCDate(), last) - 1) * DAY + (((date.getTime() % DAY) + DAY) % DAY),
  );
}

const shift: OperatorMaker = (operand, compile, name) => {
  const args = argumentsNamed(operand, compile, name, ['startDate', 'unit', 'amount'], ['timezone']);
  return (scope) => {
    const [start, unit, amount] = [args.startDate!(scope), args.unit!(scope), args.amount!(scope)];
    if (isNullish(start) || isNullish(unit) || isNullish(amount)) return null;
    if (!isNumeric(amount) || !Number.isInteger(toNumber(amount)))
      throw new MongoError(5166405, `${name} expects integer amount of time units`);
    if (offsetMinutes(args.timezone!(scope)) !== 0)
      throw new MongoError('CommandNotSupported', `${name} with a time zone is not supported`);
    return addUnits(dateOf(start, name), plain(unit), name === '$dateAdd' ? toNumber(amount) : -toNumber(amount));
  };
};

const difference: OperatorMaker = (operand, compile, name) => {
  const args = argumentsNamed(operand, compile, name, ['startDate', 'endDate', 'unit'], []);
  return (scope) => {
    const [start, end, unit] = [args.startDate!(scope), args.endDate!(scope), args.unit!(scope)];
    if (isNullish(start) || isNullish(end) || isNullish(unit)) return null;
    return BigInt(boundaries(dateOf(end, name), plain(unit)) - boundaries(dateOf(start, name), plain(unit)));
  };
};

/** How many boundaries of a unit lie before an instant: the difference counts boundaries, not durations. */
function boundaries(date: Date, unit: string): number {
  const months = MONTHS[unit];
  if (months) return Math.floor((date.getUTCFullYear() * 12 + date.getUTCMonth()) / months);
  const length = UNITS[unit];
  if (!length) throw new MongoError('FailedToParse', `unknown time unit value: ${unit}`);
  // Weeks begin on Sunday; 1970-01-01 was a Thursday.
  return Math.floor((date.getTime() + (unit === 'week' ? 4 * DAY : 0)) / length);
}

const truncate: OperatorMaker = (operand, compile, name) => {
  const args = argumentsNamed(operand, compile, name, ['date', 'unit'], ['timezone']);
  return (scope) => {
    const [value, unit] = [args.date!(scope), args.unit!(scope)];
    if (isNullish(value) || isNullish(unit) || args.timezone!(scope) === null) return null;
    const offset = offsetMinutes(args.timezone!(scope)) * 60_000;
    const local = new Date(dateOf(value, name).getTime() + offset);
    return new Date(floorTo(local, plain(unit)) - offset);
  };
};

function floorTo(date: Date, unit: string): number {
  const months = MONTHS[unit];
  if (months) return Date.UTC(date.getUTCFullYear(), Math.floor(date.getUTCMonth() / months) * months, 1);
  return boundaries(date, unit) * UNITS[unit]! - (unit === 'week' ? 4 * DAY : 0);
}

const pad = (value: Value, width: number) => plain(value).padStart(width, '0');
const FORMATS: Readonly<Record<string, (date: Date, offset: number) => string>> = {
  Y: (date) => pad(date.getUTCFullYear(), 4), m: (date) => pad(date.getUTCMonth() + 1, 2), d: (date) => pad(date.getUTCDate(), 2),
  H: (date) => pad(date.getUTCHours(), 2), M: (date) => pad(date.getUTCMinutes(), 2), S: (date) => pad(date.getUTCSeconds(), 2),
  L: (date) => pad(date.getUTCMilliseconds(), 3), j: (date) => pad(dayOfYear(date), 3), w: (date) => String(date.getUTCDay() + 1),
  u: (date) => String(isoDay(date)), V: (date) => pad(isoWeek(date).week, 2), G: (date) => pad(isoWeek(date).year, 4),
  z: (_date, offset) => `${offset < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(offset) / 60), 2)}${pad(Math.abs(offset) % 60, 2)}`,
  Z: (_date, offset) => String(offset), '%': () => '%',
}; // prettier-ignore

const format: OperatorMaker = (operand, compile, name) => {
  const args = argumentsNamed(operand, compile, name, ['date'], ['format', 'timezone', 'onNull']);
  return (scope) => {
    const value = args.date!(scope);
    if (isNullish(value)) return isDoc(operand) && operand.has('onNull') ? args.onNull!(scope) : null;
    const zone = args.timezone!(scope);
    if (zone === null || args.format!(scope) === null) return null;
    const offset = offsetMinutes(zone);
    const date = new Date(dateOf(value, name).getTime() + offset * 60_000);
    const pattern = String(
      (args.format!(scope) as string | undefined) ??
        (zone === undefined ? '%Y-%m-%dT%H:%M:%S.%LZ' : '%Y-%m-%dT%H:%M:%S.%L'),
    );
    return pattern.replace(/%(.)/g, (_all, letter: string) => {
      const make = FORMATS[letter];
      if (!make) throw new MongoError(18536, `Invalid format character '%${letter}' in format string`);
      return make(date, offset);
    });
  };
};

const fromText: OperatorMaker = (operand, compile, name) => {
  const args = argumentsNamed(operand, compile, name, ['dateString'], ['onNull', 'onError']);
  return (scope) => {
    const value = args.dateString!(scope);
    if (isNullish(value)) return isDoc(operand) && operand.has('onNull') ? args.onNull!(scope) : null;
    try {
      if (typeof value !== 'string')
        throw new MongoError('ConversionFailure', `$dateFromString requires that 'dateString' be a string`);
      return toDate(value);
    } catch (error) {
      if (!(error instanceof MongoError) || !isDoc(operand) || !operand.has('onError')) throw error;
      return args.onError!(scope);
    }
  };
};

export const DATES: OperatorTable = {
  ...Object.fromEntries(Object.keys(PARTS).map((name) => [name, part])),
  $dateAdd: shift,
  $dateSubtract: shift,
  $dateDiff: difference,
  $dateTrunc: truncate,
  $dateToString: format,
  $dateFromString: fromText,
};
