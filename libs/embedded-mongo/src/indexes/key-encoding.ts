import { Binary, BSONRegExp, Code, Double, ObjectId, Timestamp } from 'bson';
import { typeRank } from '../bson/compare.js';
import { millisOf } from '../bson/dates.js';
import { exact, special } from '../bson/numbers.js';
import { isNumeric, type Numeric, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';

/** What an empty array has in an index: below null, as in MongoDB. */
export const UNDEFINED = Symbol('undefined');
export type KeyPart = Value | typeof UNDEFINED;

const UNDEFINED_RANK = 7;

export const rankOf = (part: KeyPart): number => (part === UNDEFINED ? UNDEFINED_RANK : typeRank(part));

/**
 * One value as bytes whose order is the order of the values. Every encoding ends itself (fixed length, or a terminator below
 * every continuation), so the parts of a compound key can stand side by side.
 */
export function encodePart(part: KeyPart): Buffer {
  const writer = new KeyWriter();
  writer.part(part);
  return writer.finish();
}

/** The parts of a key, those of descending fields with every bit turned over. */
export function encodeKey(parts: readonly KeyPart[], directions: readonly number[]): Buffer {
  const pieces = parts.map((part, i) => {
    const bytes = encodePart(part);
    return directions[i] === -1 ? inverted(bytes) : bytes;
  });
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

export function inverted(bytes: Buffer): Buffer {
  for (let i = 0; i < bytes.length; i++) bytes[i] = ~bytes[i]! & 0xff;
  return bytes;
}

/** The storage takes keys of up to 1,978 bytes; what lies beyond is refused, as MongoDB itself did up to 4.0. */
export const MAX_KEY_BYTES = 1900;

class KeyWriter {
  private bytes = Buffer.allocUnsafe(64);
  private at = 0;

  finish(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  private reserve(length: number): void {
    if (this.at + length <= this.bytes.length) return;
    if (this.at + length > 4 * MAX_KEY_BYTES)
      throw new MongoError('KeyTooLong', `an index key may have at most ${MAX_KEY_BYTES} bytes here`);
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + length));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }

  private byte(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  private raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /**
   * The end is a zero, and so no zero may be inside: 00 becomes 01 01, and 01 becomes 01 02. That way no text is the beginning
   * of another one's encoding, which descending fields depend on.
   */
  private text(text: string): void {
    const bytes = Buffer.from(text);
    this.reserve(bytes.length * 2 + 1);
    for (const byte of bytes) {
      if (byte <= 1) this.bytes[this.at++] = 1;
      this.bytes[this.at++] = byte <= 1 ? byte + 1 : byte;
    }
    this.bytes[this.at++] = 0;
  }

  part(part: KeyPart): void {
    this.byte(rankOf(part));
    if (part === UNDEFINED || part === null) return;
    if (typeof part === 'string') this.text(part);
    else if (isNumeric(part)) this.number(part);
    else if (typeof part === 'boolean') this.byte(part ? 1 : 0);
    else if (part instanceof ObjectId) this.raw(part.id);
    else if (part instanceof Date) this.long(millisOf(part) + (1n << 63n));
    else if (part instanceof Map) this.document(part);
    else if (Array.isArray(part)) this.array(part);
    else this.rare(part);
  }

  private long(value: bigint): void {
    this.reserve(8);
    this.at = this.bytes.writeBigUInt64BE(BigInt.asUintN(64, value), this.at);
  }

  private rare(part: Value): void {
    if (part instanceof Timestamp) this.long(part.toBigInt());
    else if (part instanceof Binary) {
      this.reserve(5);
      this.at = this.bytes.writeUInt32BE(part.length(), this.at);
      this.bytes[this.at++] = part.sub_type;
      this.raw(part.buffer.subarray(0, part.length()));
    } else if (part instanceof BSONRegExp) {
      this.text(part.pattern);
      this.text(part.options);
    } else if (part instanceof Code) this.text(String(part.code));
  }

  private document(document: Map<string, Value>): void {
    for (const [key, value] of document) {
      this.byte(rankOf(value));
      this.text(key);
      this.part(value);
    }
    this.byte(0);
  }

  private array(values: Value[]): void {
    for (const value of values) this.part(value);
    this.byte(0);
  }

  /**
   * The next double at or below the number, then how far the number lies above it, as a fraction of the distance to the next
   * double. That fraction is a finite decimal; it is zero for every double and for every integer below 2^53.
   */
  private number(value: Numeric): void {
    const known = special(value);
    if (known !== undefined) return Number.isNaN(known) ? this.byte(0) : this.double(known);
    if (typeof value === 'number' || value instanceof Double) return this.double(Number(value));
    const floor = floorDouble(value);
    this.double(floor);
    this.at -= 1;
    this.text(fractionDigits(value, floor));
  }

  private double(value: number): void {
    this.byte(1);
    this.reserve(9);
    this.bytes.writeDoubleBE(value === 0 ? 0 : value, this.at);
    if (this.bytes[this.at]! & 0x80) inverted(this.bytes.subarray(this.at, this.at + 8));
    else this.bytes[this.at]! |= 0x80;
    this.at += 8;
    this.bytes[this.at++] = 0;
  }
}

const view = new DataView(new ArrayBuffer(8));

function neighbour(value: number, step: 1n | -1n): number {
  if (value === 0) return step === 1n ? Number.MIN_VALUE : -Number.MIN_VALUE;
  view.setFloat64(0, value);
  view.setBigUint64(0, view.getBigUint64(0) + (value > 0 ? step : -step));
  return view.getFloat64(0);
}

function compareWithDouble(value: Exclude<Numeric, number | Double>, other: number): bigint {
  const [a, b] = [exact(value), exact(other)];
  const low = Math.min(a.exponent, b.exponent);
  return a.digits * 10n ** BigInt(a.exponent - low) - b.digits * 10n ** BigInt(b.exponent - low);
}

function floorDouble(value: Exclude<Numeric, number | Double>): number {
  const near = Number(value.toString());
  if (near === Infinity) return Number.MAX_VALUE;
  if (near === -Infinity) return -Infinity;
  return compareWithDouble(value, near) < 0n ? neighbour(near, -1n) : near;
}

function fractionDigits(value: Exclude<Numeric, number | Double>, floor: number): string {
  if (!Number.isFinite(floor) || floor === Number.MAX_VALUE) {
    if (floor !== Number.MAX_VALUE || compareWithDouble(value, floor) !== 0n)
      throw new MongoError('KeyTooLong', 'a Decimal128 beyond the range of a double cannot be indexed here');
    return '';
  }
  const [a, b, above] = [exact(value), exact(floor), exact(neighbour(floor, 1n))];
  const low = Math.min(a.exponent, b.exponent, above.exponent);
  const scaled = (n: { digits: bigint; exponent: number }) => n.digits * 10n ** BigInt(n.exponent - low);
  let rest = scaled(a) - scaled(b);
  const unit = scaled(above) - scaled(b);
  let digits = '';
  while (rest > 0n) {
    rest *= 10n;
    digits += (rest / unit).toString();
    rest %= unit;
    if (digits.length > MAX_KEY_BYTES)
      throw new MongoError('KeyTooLong', 'a number has too many digits to be indexed here');
  }
  return digits;
}
