import { Binary, BSONRegExp, Code, ObjectId, Timestamp } from 'bson';
import { createHash } from 'node:crypto';
import { typeRank } from './compare.js';
import { millisOf } from './dates.js';
import { exact, special } from './numbers.js';
import { isNumeric, type Numeric, type Value } from './value.js';

/** Longer texts are kept as their hash, so that a key of megabytes costs no more than others. */
const LONG_TEXT = 256;

/** A text that two values have in common exactly when they are equal, whatever their size. */
export function identityOf(value: Value): string {
  const text = textOf(value);
  return text.length > LONG_TEXT ? createHash('sha256').update(text, 'utf16le').digest('base64') : text;
}

const sized = (text: string) => `${text.length}:${text}`;

function textOf(value: Value): string {
  if (typeof value === 'string') return `s${sized(value)}`;
  if (isNumeric(value)) return `n${sized(numberText(value))}`;
  if (Array.isArray(value)) return `a${value.length}(${value.map(textOf).join('')})`;
  if (value instanceof Map)
    return `o${value.size}(${[...value].map(([key, inner]) => sized(key) + textOf(inner)).join('')})`;
  return `${typeRank(value)}-${sized(otherText(value))}`;
}

/** Digits without an exponent where the number is whole, else without zeros at the end: 1, 1.0 and 1.00 are one number. */
function numberText(value: Numeric): string {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value + 0);
  const known = special(value);
  if (known !== undefined) return String(known);
  let { digits, exponent } = exact(value);
  if (exponent >= 0) return String(digits * 10n ** BigInt(exponent));
  while (exponent < 0 && digits % 10n === 0n) [digits, exponent] = [digits / 10n, digits === 0n ? 0 : exponent + 1];
  return exponent === 0 ? String(digits) : `${digits}e${exponent}`;
}

function otherText(value: Value): string {
  if (value instanceof ObjectId) return value.toHexString();
  if (value instanceof Date) return String(millisOf(value));
  if (value instanceof Timestamp) return String(BigInt.asUintN(64, value.toBigInt()));
  if (value instanceof Binary)
    return `${value.sub_type}:${Buffer.from(value.buffer.subarray(0, value.length())).toString('latin1')}`;
  if (value instanceof BSONRegExp) return sized(value.pattern) + value.options;
  if (value instanceof Code) return String(value.code);
  return typeof value === 'boolean' ? String(value) : '';
}
