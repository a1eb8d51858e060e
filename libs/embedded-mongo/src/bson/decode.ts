import { Binary, BSONRegExp, Code, Decimal128, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import { isUtf8 } from 'node:buffer';
import { MongoError } from '../errors/mongo-error.js';
import { dateAt } from './dates.js';
import { ScopedCode } from './scoped-code.js';
import { double, type Doc, type Value } from './value.js';

/** MongoDB refuses messages with more levels than this, and so no hostile message can exhaust the stack. */
const MAX_LEVELS = 200;

const bad = (what: string) => new MongoError('InvalidBSON', `invalid BSON: ${what}`);
/** What MongoDB keeps as it came and a Map or a JavaScript string cannot hold: refused, and never changed. */
const unsupported = (what: string) => new MongoError('CommandNotSupported', `BSON with ${what} is not supported`);

/**
 * Reads one document. The decoder of the `bson` package is not used because it answers with objects (which reorder numeric keys)
 * and cannot keep int32, int64 and double apart without boxing every number.
 */
export function decode(bytes: Buffer, start = 0): Doc {
  return new Reader(bytes).document(start, 0);
}

class Reader {
  private at = 0;
  constructor(private readonly bytes: Buffer) {}

  document(start: number, depth: number): Doc {
    const out: Doc = new Map();
    let fields = 0;
    this.elements(start, depth, (key, value) => {
      if (out.set(key, value).size !== ++fields) throw unsupported(`two fields '${key}' in one document`);
    });
    return out;
  }

  private array(start: number, depth: number): Value[] {
    const out: Value[] = [];
    this.elements(start, depth, (key, value) => {
      if (key !== String(out.length)) throw unsupported('an array whose elements are not numbered');
      out.push(value);
    });
    return out;
  }

  private elements(start: number, depth: number, add: (key: string, value: Value) => void): void {
    if (depth >= MAX_LEVELS)
      throw new MongoError('Overflow', `BSONObj exceeded maximum nested object depth: ${MAX_LEVELS}`);
    const { bytes } = this;
    if (start + 5 > bytes.length) throw bad('a document is cut short');
    const end = start + bytes.readInt32LE(start) - 1;
    if (end < start + 4 || end >= bytes.length || bytes[end] !== 0) throw bad('a document has a wrong length');
    this.at = start + 4;
    while (this.at < end) {
      const type = bytes[this.at++]!;
      const key = this.cstring();
      add(key, this.value(type, depth));
    }
    if (this.at !== end) throw bad('an element runs past the end of its document');
    this.at = end + 1;
  }

  private cstring(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw bad('a name has no end');
    const text = this.bytes.toString('latin1', this.at, end);
    // Nearly all names are ASCII, and latin1 is several times as fast to read; anything else is read again as UTF-8.
    // eslint-disable-next-line no-control-regex
    const name = /^[\x00-\x7f]*$/.test(text) ? text : this.text(this.at, end);
    this.at = end + 1;
    return name;
  }

  /** Text is kept in JavaScript strings, which bytes that are no UTF-8 would not come out of as they went in. */
  private text(start: number, end: number): string {
    const text = this.bytes.toString('utf8', start, end);
    if (text.includes('\ufffd') && !isUtf8(this.bytes.subarray(start, end)))
      throw unsupported('text that is not UTF-8');
    return text;
  }

  private take(length: number): number {
    const from = this.at;
    if (length < 0 || from + length > this.bytes.length) throw bad('a value is cut short');
    this.at = from + length;
    return from;
  }

  private string(): string {
    const length = this.bytes.readInt32LE(this.take(4));
    if (length < 1) throw bad('a string has a wrong length');
    const from = this.take(length);
    if (this.bytes[this.at - 1] !== 0) throw bad('a string has no end');
    return this.text(from, this.at - 1);
  }

  private nested<T>(read: (start: number) => T): T {
    const start = this.at;
    this.take(4);
    return read(start);
  }

  private value(type: number, depth: number): Value {
    const { bytes } = this;
    switch (type) {
      case 0x01:
        return double(bytes.readDoubleLE(this.take(8)));
      case 0x02:
        return this.string();
      case 0x03:
        return this.nested((start) => this.document(start, depth + 1));
      case 0x04:
        return this.nested((start) => this.array(start, depth + 1));
      case 0x05:
        return this.binary();
      case 0x07:
        return new ObjectId(Buffer.from(bytes.subarray(this.take(12), this.at)));
      case 0x08:
        return this.boolean();
      case 0x09:
        return dateAt(bytes.readBigInt64LE(this.take(8)));
      case 0x0a:
        return null;
      case 0x0b:
        return new BSONRegExp(this.cstring(), this.cstring());
      case 0x10:
        return bytes.readInt32LE(this.take(4));
      case 0x11:
        return new Timestamp(bytes.readBigUInt64LE(this.take(8)));
      case 0x12:
        return bytes.readBigInt64LE(this.take(8));
      case 0x13:
        return new Decimal128(Buffer.from(bytes.subarray(this.take(16), this.at)));
      default:
        return this.rareValue(type, depth);
    }
  }

  private rareValue(type: number, depth: number): Value {
    if (type === 0x06) throw unsupported('the deprecated type undefined');
    if (type === 0x0c) throw unsupported('the deprecated type dbPointer');
    if (type === 0x0e) throw unsupported('the deprecated type symbol');
    if (type === 0x0d) return new Code(this.string());
    if (type === 0x0f) return this.codeWithScope(depth);
    if (type === 0x7f) return new MaxKey();
    if (type === 0xff) return new MinKey();
    throw bad(`there is no type ${type}`);
  }

  private boolean(): boolean {
    const byte = this.bytes[this.take(1)]!;
    if (byte > 1) throw bad('a boolean is neither 0 nor 1');
    return byte === 1;
  }

  private binary(): Binary {
    const length = this.bytes.readInt32LE(this.take(4));
    const subType = this.bytes[this.take(1)]!;
    return new Binary(Buffer.from(this.bytes.subarray(this.take(length), this.at)), subType);
  }

  private codeWithScope(depth: number): Code {
    const start = this.at;
    const length = this.bytes.readInt32LE(this.take(4));
    const code = this.string();
    this.nested((at) => this.document(at, depth + 1));
    if (this.at !== start + length) throw bad('code with scope has a wrong length');
    return new ScopedCode(code, Buffer.from(this.bytes.subarray(start, this.at)));
  }
}
