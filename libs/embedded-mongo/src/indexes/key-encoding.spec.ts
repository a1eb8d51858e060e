import { describe, expect, it } from '@jest/globals';
import { Binary, BSONRegExp, Decimal128, Double, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import fc from 'fast-check';
import { compare } from '../bson/compare.js';
import { double, isDoc, type Doc, type Value } from '../bson/value.js';
import { encodeKey, encodePart } from './key-encoding.js';

const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: -30, max: 20 }))
  .map(([digits, exponent]) => Decimal128.fromString(`${digits}E${exponent}`));

const number: fc.Arbitrary<Value> = fc.oneof(
  fc.integer(),
  fc.integer({ min: -3, max: 3 }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: 2n ** 53n - 4n, max: 2n ** 53n + 4n }),
  fc.double().map((n) => double(n)),
  fc.integer({ min: -3, max: 3 }).map((n) => new Double(n)),
  decimal,
);

const scalar: fc.Arbitrary<Value> = fc.oneof(
  number,
  fc.string({ unit: 'binary' }),
  fc.constantFrom<Value>('', '\0', '\0a', 'a', 'a\0', 'a\0\0', 'ab'),
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
  fc.tuple(fc.uint8Array({ maxLength: 4 }), fc.constantFrom(0, 4, 128)).map(([bytes, type]) => new Binary(bytes, type)),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => new Timestamp(n)),
  fc
    .tuple(fc.constantFrom('a', 'ab', 'a.'), fc.constantFrom('', 'i'))
    .map(([pattern, flags]) => new BSONRegExp(pattern, flags)),
  fc.constantFrom<Value>(new MinKey(), new MaxKey()),
);

const value: fc.Arbitrary<Value> = fc.letrec<{ any: Value; list: Value[]; document: Doc }>((tie) => ({
  any: fc.oneof({ maxDepth: 3 }, scalar, tie('list'), tie('document')),
  list: fc.array(tie('any'), { maxLength: 3 }),
  document: fc
    .array(fc.tuple(fc.constantFrom('a', 'b', '1', ''), tie('any')), { maxLength: 3 })
    .map((pairs) => new Map(pairs)),
})).any;

/** A long run takes as many as KEY_ENCODING_RUNS says. */
const numRuns = Number(process.env.KEY_ENCODING_RUNS ?? 1_500);

describe('an encoded index key', () => {
  it('orders any two values as the BSON comparison does', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(Math.sign(Buffer.compare(encodePart(a), encodePart(b)))).toBe(compare(a, b));
      }),
      { numRuns },
    );
  });

  it('orders numbers of all four types by their exact value', () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(Math.sign(Buffer.compare(encodePart(a), encodePart(b)))).toBe(compare(a, b));
      }),
      { numRuns },
    );
  });

  it('orders compound keys field by field, with descending fields turned over', () => {
    const pair = fc.tuple(scalar, scalar);
    fc.assert(
      fc.property(pair, pair, fc.constantFrom(1, -1), fc.constantFrom(1, -1), (a, b, first, second) => {
        const expected = compare(a[0], b[0]) * first || compare(a[1], b[1]) * second || 0;
        const directions = [first, second];
        expect(Math.sign(Buffer.compare(encodeKey(a, directions), encodeKey(b, directions))) || 0).toBe(expected);
      }),
      { numRuns },
    );
  });
});

describe('the BSON comparison', () => {
  it('sorts the types in the order that MongoDB documents', () => {
    const ordered: Value[] = [
      new MinKey(), null, -1, 0.5, 1n, Decimal128.fromString('1.5'), 'a', new Map([['a', 1]]), [1], new Binary(Buffer.from('x')),
      new ObjectId('000000000000000000000001'), false, true, new Date(0), new Timestamp(1n), new BSONRegExp('a'), new MaxKey(),
    ]; // prettier-ignore
    expect([...ordered].reverse().sort(compare)).toEqual(ordered);
  });

  it('keeps integers beyond 2^53 apart', () => {
    expect(compare(2n ** 53n + 1n, 2 ** 53)).toBe(1);
    expect(compare(2n ** 63n - 1n, 2 ** 63)).toBe(-1);
  });

  it('sees documents with other orders of fields as different', () => {
    const [a, b] = [new Map([['a', 1], ['b', 1]]), new Map([['b', 1], ['a', 1]])]; // prettier-ignore
    expect(isDoc(a) && compare(a, b)).toBe(-1);
  });
});
