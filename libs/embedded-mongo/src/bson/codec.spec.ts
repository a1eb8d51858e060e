import { describe, expect, it } from '@jest/globals';
import { Binary, BSONRegExp, Decimal128, deserialize, Double, Int32, Long, ObjectId, serialize, Timestamp } from 'bson';
import fc from 'fast-check';
import { decode } from './decode.js';
import { encode } from './encode.js';

const document = {
  int: new Int32(5),
  long: Long.fromString('9007199254740993'),
  whole: new Double(5),
  double: new Double(0.5),
  minusZero: new Double(-0),
  decimal: Decimal128.fromString('1.10'),
  id: new ObjectId(),
  binary: new Binary(Buffer.from([1, 2]), 4),
  date: new Date(5),
  stamp: new Timestamp({ t: 4_000_000_000, i: 2 }),
  regex: new BSONRegExp('a', 'i'),
  umlaut: 'ä\0b',
  ünï: [1, 'x', null, { z: true }],
};

describe('the codec', () => {
  it('gives back every type as it came', () => {
    const bytes = Buffer.from(serialize(document));
    expect(encode(decode(bytes)).equals(bytes)).toBe(true);
  });

  it('keeps the order of fields whose names are numbers', () => {
    const bytes = Buffer.from(serialize(new Map([['b', 1], ['2', 1], ['1', 1]]))); // prettier-ignore
    expect([...decode(bytes).keys()]).toEqual(['b', '2', '1']);
  });

  it('writes what the bson package reads', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ minLength: 1 }).filter((key) => !key.includes('\0') && key !== '__proto__'),
          fc.oneof(fc.string(), fc.integer(), fc.boolean()),
        ),
        (plain) => {
          expect(deserialize(encode(new Map(Object.entries(plain))))).toEqual({ ...plain });
        },
      ),
    );
  });

  it('ends in an error and nothing else on bytes that were tampered with', () => {
    const bytes = serialize(document);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const bad = Buffer.from(bytes);
        bad[at] = byte;
        try {
          expect(decode(bad)).toBeInstanceOf(Map);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses nesting that would exhaust the stack', () => {
    let nested: object = {};
    for (let i = 0; i < 500; i++) nested = { a: nested };
    expect(() => decode(Buffer.from(serialize(nested)))).toThrow(/depth/);
  });
});
