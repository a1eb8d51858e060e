import { Binary, BSONRegExp, Code, Decimal128, Double, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import { millisOf } from './dates.js';
import { ScopedCode } from './scoped-code.js';
import { MongoError } from '../errors/mongo-error.js';
import { isInt32, type Value } from './value.js';

/** A document that is already encoded, as it lies in storage: a read without a projection never takes it apart. */
export class RawDoc {
  constructor(readonly bytes: Buffer) {}
}

export type Encodable = Value | RawDoc | Encodable[] | Map<string, Encodable>;

/** @throws MongoError when there are more levels of documents and arrays in each other than `maxLevels` */
export function encode(document: Map<string, Encodable>, maxLevels = Infinity): Buffer {
  const writer = new Writer(maxLevels);
  writer.document(document);
  return writer.finish();
}

class Writer {
  private bytes = Buffer.allocUnsafe(512);
  private at = 0;
  private levels = 0;
  constructor(private readonly maxLevels: number) {}

  finish(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  document(document: Map<string, Encodable>): void {
    const start = this.open();
    for (const [key, value] of document) this.element(key, value);
    this.close(start);
  }

  private array(values: Encodable[]): void {
    const start = this.open();
    for (let i = 0; i < values.length; i++) this.element(String(i), values[i]!);
    this.close(start);
  }

  private open(): number {
    if (++this.levels > this.maxLevels)
      throw new MongoError('Overflow', `cannot insert document because it exceeds ${this.maxLevels} levels of nesting`);
    this.reserve(5);
    this.at += 4;
    return this.at - 4;
  }

  private close(start: number): void {
    this.levels--;
    this.reserve(1);
    this.bytes[this.at++] = 0;
    this.bytes.writeInt32LE(this.at - start, start);
  }

  private reserve(length: number): void {
    if (this.at + length <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + length));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }

  private cstring(text: string): void {
    this.reserve(text.length * 3 + 1);
    this.at += this.bytes.write(text, this.at, 'utf8');
    this.bytes[this.at++] = 0;
  }

  private string(text: string): void {
    const start = this.at;
    this.reserve(4);
    this.at += 4;
    this.cstring(text);
    this.bytes.writeInt32LE(this.at - start - 4, start);
  }

  private raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  private header(type: number, key: string): void {
    this.reserve(1);
    this.bytes[this.at++] = type;
    this.cstring(key);
    this.reserve(16);
  }

  private element(key: string, value: Encodable): void {
    if (typeof value === 'string') {
      this.header(0x02, key);
      this.string(value);
    } else if (typeof value === 'number') this.number(key, value);
    else if (value === null) this.header(0x0a, key);
    else if (typeof value === 'boolean') {
      this.header(0x08, key);
      this.bytes[this.at++] = value ? 1 : 0;
    } else if (typeof value === 'bigint') {
      this.header(0x12, key);
      this.at = this.bytes.writeBigInt64LE(BigInt.asIntN(64, value), this.at);
    } else this.object(key, value);
  }

  private number(key: string, value: number): void {
    if (isInt32(value)) {
      this.header(0x10, key);
      this.at = this.bytes.writeInt32LE(value, this.at);
    } else this.double(key, value);
  }

  private double(key: string, value: number): void {
    this.header(0x01, key);
    this.at = this.bytes.writeDoubleLE(value, this.at);
  }

  private object(key: string, value: Exclude<Encodable, string | number | bigint | boolean | null>): void {
    if (value instanceof Map) {
      this.header(0x03, key);
      this.document(value);
    } else if (Array.isArray(value)) {
      this.header(0x04, key);
      this.array(value);
    } else if (value instanceof RawDoc) {
      this.header(0x03, key);
      this.raw(value.bytes);
    } else if (value instanceof ObjectId) {
      this.header(0x07, key);
      this.raw(value.id);
    } else if (value instanceof Date) {
      this.header(0x09, key);
      this.at = this.bytes.writeBigInt64LE(millisOf(value), this.at);
    } else this.rareObject(key, value);
  }

  private rareObject(
    key: string,
    value: Exclude<Value, string | number | bigint | boolean | null | Date | Value[]>,
  ): void {
    if (value instanceof Double) this.double(key, value.value);
    else if (value instanceof Timestamp) {
      this.header(0x11, key);
      this.at = this.bytes.writeBigUInt64LE(BigInt.asUintN(64, value.toBigInt()), this.at);
    } else if (value instanceof Decimal128) {
      this.header(0x13, key);
      this.raw(value.bytes);
    } else if (value instanceof Binary) {
      this.header(0x05, key);
      this.at = this.bytes.writeInt32LE(value.length(), this.at);
      this.bytes[this.at++] = value.sub_type;
      this.raw(value.buffer.subarray(0, value.length()));
    } else if (value instanceof BSONRegExp) {
      this.header(0x0b, key);
      this.cstring(value.pattern);
      this.cstring(value.options);
    } else if (value instanceof MinKey) this.header(0xff, key);
    else if (value instanceof MaxKey) this.header(0x7f, key);
    else if (value instanceof Code) this.code(key, value);
    else throw new TypeError(`a value of an unknown type under "${key}" cannot be encoded`);
  }

  private code(key: string, value: Code): void {
    this.header(value instanceof ScopedCode ? 0x0f : 0x0d, key);
    if (value instanceof ScopedCode) this.raw(value.bytes);
    else this.string(String(value.code));
  }
}
