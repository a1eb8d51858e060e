import { Binary, BSONRegExp, MaxKey, MinKey } from 'bson';
import { compare, equal, typeRank } from '../bson/compare.js';
import { exact, fitsInt64, special } from '../bson/numbers.js';
import {
  isDoc,
  isNumeric,
  toNumber,
  TYPE_CODES,
  typeName,
  type Doc,
  type Maybe,
  type Numeric,
  type Value,
} from '../bson/value.js';
import { badValue, failedToParse, MongoError } from '../errors/mongo-error.js';
import { toRegExp } from './regex.js';

export type ValueTest = (value: Maybe) => boolean;

/** Whether a document is a condition and not a value; that of a DBRef is a value. */
export const isOperatorDoc = (value: Maybe): value is Doc => {
  if (!isDoc(value) || value.size === 0) return false;
  const [first] = value.keys();
  return first!.startsWith('$') && !['$ref', '$id', '$db'].includes(first!);
};

/** Null is equal to a missing field; everything else is equal by the BSON comparison. */
export function equalityTest(wanted: Value): ValueTest {
  if (wanted === null) return (value) => value === null || value === undefined;
  if (typeof wanted === 'string') return (value) => value === wanted;
  return (value) => value !== undefined && equal(value, wanted);
}

/** The test of an operator on one value at the end of a path. */
export function valueTest(operator: string, operand: Value, options?: Value): ValueTest {
  switch (operator) {
    case '$eq':
      return operand instanceof BSONRegExp ? (value) => equal(value, operand) : equalityTest(operand);
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return comparisonTest(operator, operand);
    case '$in':
      return inTest(operand);
    case '$regex':
      return regexTest(operand, options);
    case '$mod':
      return modTest(operand);
    case '$type':
      return typeTest(operand);
    case '$bitsAllSet':
    case '$bitsAllClear':
    case '$bitsAnySet':
    case '$bitsAnyClear':
      return bitsTest(operator, operand);
    default:
      throw badValue(`unknown operator: ${operator}`);
  }
}

/** `$size` looks at an array as a whole. */
export function sizeTest(operand: Value): ValueTest {
  if (!isNumeric(operand))
    throw badValue(`Failed to parse $size. Expected a number in: $size: ${JSON.stringify(operand)}`);
  const size = toNumber(operand);
  if (!Number.isInteger(size)) throw badValue('Failed to parse $size. Expected an integer');
  if (size < 0) throw badValue('Failed to parse $size. Expected a non-negative number');
  return (value) => Array.isArray(value) && value.length === size;
}

type Ordering = '$gt' | '$gte' | '$lt' | '$lte';

function comparisonTest(operator: Ordering, operand: Value): ValueTest {
  if (operand instanceof BSONRegExp) throw badValue(`Can't have RegEx as arg to predicate over field`);
  const orEqual = operator === '$gte' || operator === '$lte';
  // Null is only ever equal to something; the other types compare within their own kind, and MinKey and MaxKey with all.
  if (operand === null) return orEqual ? equalityTest(null) : () => false;
  const wanted = operator.startsWith('$gt') ? 1 : -1;
  const isEnd = operand instanceof MinKey || operand instanceof MaxKey;
  const rank = typeRank(operand);
  const nan = isNumeric(operand) && Number.isNaN(special(operand));
  const ordered = (found: number) => (found === 0 ? orEqual : found === wanted);
  return (value) => {
    // MinKey is below and MaxKey is above everything, also what is missing.
    if (isEnd) return ordered(compare(value ?? null, operand));
    if (value === undefined || typeRank(value) !== rank) return false;
    if (isNumeric(value) && Number.isNaN(special(value)) !== nan) return false;
    return ordered(compare(value, operand));
  };
}

function inTest(operand: Value): ValueTest {
  if (!Array.isArray(operand)) throw badValue('$in needs an array');
  const tests = operand.map((wanted) => {
    if (isOperatorDoc(wanted)) throw badValue('cannot nest $ under $in');
    return wanted instanceof BSONRegExp ? regexTest(wanted) : equalityTest(wanted);
  });
  const strings = new Set(operand.filter((wanted) => typeof wanted === 'string'));
  if (strings.size === operand.length) return (value) => typeof value === 'string' && strings.has(value);
  return (value) => tests.some((test) => test(value));
}

function regexTest(operand: Value, options?: Value): ValueTest {
  if (options !== undefined && typeof options !== 'string') throw badValue('$options has to be a string');
  if (typeof operand !== 'string' && !(operand instanceof BSONRegExp)) throw badValue('$regex has to be a string');
  if (operand instanceof BSONRegExp && options !== undefined && operand.options !== '')
    throw new MongoError(51075, 'options set in both $regex and $options');
  const pattern = typeof operand === 'string' ? operand : operand.pattern;
  const flags = options ?? (operand instanceof BSONRegExp ? operand.options : '');
  const regex = toRegExp(pattern, flags);
  const same = new BSONRegExp(pattern, flags);
  return (value) => (typeof value === 'string' ? regex.test(value) : value instanceof BSONRegExp && equal(value, same));
}

function modTest(operand: Value): ValueTest {
  if (!Array.isArray(operand)) throw badValue('malformed mod, needs to be an array');
  if (operand.length < 2) throw badValue('malformed mod, not enough elements');
  if (operand.length > 2) throw badValue('malformed mod, too many elements');
  const [divisor, remainder] = operand.map((value, i) => {
    const whole = isNumeric(value) ? truncated(value) : undefined;
    if (whole === undefined || !fitsInt64(whole))
      throw badValue(i === 0 ? 'malformed mod, divisor not a number' : 'malformed mod, remainder not a number');
    return whole;
  }) as [bigint, bigint];
  if (divisor === 0n) throw badValue('divisor cannot be 0');
  return (value) => {
    const whole = isNumeric(value) ? truncated(value) : undefined;
    return whole !== undefined && fitsInt64(whole) && whole % divisor === remainder;
  };
}

export function truncated(value: Numeric): bigint | undefined {
  if (special(value) !== undefined) return undefined;
  const { digits, exponent } = exact(value);
  return exponent >= 0 ? digits * 10n ** BigInt(exponent) : digits / 10n ** BigInt(-exponent);
}

/** Accepts a name, a number or a list of them, as `$type` does. */
export function typeTest(operand: Value): ValueTest {
  const wanted = new Set<string>();
  for (const name of Array.isArray(operand) ? operand : [operand]) wanted.add(typeOf(name));
  if (wanted.size === 0) throw failedToParse('$type must match at least one type');
  if (wanted.has('number')) for (const name of ['int', 'long', 'double', 'decimal']) wanted.add(name);
  return (value) => value !== undefined && wanted.has(typeName(value));
}

function typeOf(name: Value): string {
  if (typeof name === 'string') {
    if (name !== 'number' && TYPE_CODES[name] === undefined) throw badValue(`Unknown type name alias: ${name}`);
    return name;
  }
  if (!isNumeric(name)) throw badValue('type must be represented as a number or a string');
  const code = toNumber(name);
  const found = Object.entries(TYPE_CODES).find(([, known]) => known === code);
  if (!found) throw badValue(`Invalid numerical type code: ${code}`);
  return found[0];
}

function bitsTest(operator: string, operand: Value): ValueTest {
  const mask = bitMask(operand);
  return (value) => {
    const bits = value instanceof Binary ? binaryBits(value) : isNumeric(value) ? integerBits(value) : undefined;
    if (bits === undefined) return false;
    if (operator === '$bitsAllSet') return (bits & mask) === mask;
    if (operator === '$bitsAllClear') return (bits & mask) === 0n;
    if (operator === '$bitsAnySet') return (bits & mask) !== 0n;
    return (bits & mask) !== mask;
  };
}

function bitMask(operand: Value): bigint {
  if (operand instanceof Binary) return binaryBits(operand);
  const positions = Array.isArray(operand) ? operand : undefined;
  if (positions)
    return positions.reduce<bigint>((mask, position) => {
      const at = isNumeric(position) ? toNumber(position) : -1;
      if (!Number.isInteger(at) || at < 0) throw badValue('bit positions must be non-negative integers');
      return mask | (1n << BigInt(at));
    }, 0n);
  if (!isNumeric(operand)) throw badValue('a bit mask must be a number, BinData or a list of positions');
  const mask = integerBits(operand);
  if (mask === undefined || mask < 0n) throw failedToParse('Expected a non-negative integer as a bit mask');
  return mask;
}

function integerBits(value: Numeric): bigint | undefined {
  const whole = truncated(value);
  return whole !== undefined && fitsInt64(whole) && compare(value, whole) === 0 ? whole : undefined;
}

function binaryBits(value: Binary): bigint {
  let bits = 0n;
  for (let i = value.length() - 1; i >= 0; i--) bits = (bits << 8n) | BigInt(value.buffer[i]!);
  return bits;
}
