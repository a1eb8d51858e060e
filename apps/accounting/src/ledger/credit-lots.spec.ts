import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CreditLine, type CreditLot, followLots, takeable } from './credit-lots.js';

const day = (number: number) => new Date(Date.UTC(2026, 0, number));
let lines = 0;
const line = (delta: bigint, more: Partial<CreditLine> = {}): CreditLine => ({
  _id: `entry:${++lines}`,
  type: delta > 0n ? 'allocation' : 'settle',
  delta_ucr: delta,
  ...more,
});
const given = (id: string, amount: bigint, until?: number) =>
  line(amount, { _id: id, ...(until === undefined ? {} : { expires_at: day(until) }) });
const after = (...all: CreditLine[]) => all.reduce<readonly CreditLot[]>(followLots, []);
const left = (lots: readonly CreditLot[]) => lots.map(({ entry_id, left_ucr }) => [entry_id, left_ucr]);
const parts = (lots: readonly CreditLot[], held: bigint, now: Date) =>
  takeable(lots, held, now).map(({ lot, amount }) => [lot.entry_id, amount]);

describe('credits that expire', () => {
  it.each<[string, CreditLine[], [string, bigint][]]>([
    ['are spent before those that do not', [given('free', 100n), given('a', 50n, 5), line(-30n)], [['a', 20n]]],
    [
      'are spent in the order in which they expire, whenever they were given',
      [given('late', 50n, 9), given('soon', 50n, 5), line(-70n)],
      [['late', 30n]],
    ],
    [
      'of one time are spent in the order in which they were given',
      [given('first', 50n, 5), given('second', 50n, 5), line(-60n)],
      [['second', 40n]],
    ],
    ['are gone when more is spent', [given('a', 50n, 5), given('free', 50n), line(-80n)], []],
    ['are not what a refund gives back', [given('a', 50n, 5), line(-50n), line(20n, { type: 'refund' })], []],
    [
      'are less by what was taken back of them',
      [given('a', 50n, 5), line(-20n, { type: 'expiry', expiry_of: 'a' })],
      [['a', 30n]],
    ],
  ])('%s', (_name, all, expected) => {
    expect(left(after(...all))).toEqual(expected);
  });

  const both = after(given('soon', 50n, 5), given('late', 30n, 9), given('free', 100n));
  it.each<[string, bigint, number, [string, bigint][]]>([
    ['nothing before its time', 0n, 4, []],
    ['what has expired', 0n, 5, [['soon', 50n]]],
    ['all that has expired', 0n, 9, [['soon', 50n], ['late', 30n]]],
    ['only what is not held: a hold is for what expires first', 20n, 5, [['soon', 30n]]],
    ['nothing of what is held whole', 60n, 5, []],
    ['of the next what the first does not cover', 60n, 9, [['late', 20n]]],
  ])('are taken back: %s', (_name, held, on, expected) => {
    expect(parts(both, held, day(on))).toEqual(expected);
  }); // prettier-ignore

  it('never are more than what is neither held nor spent, whatever happened', () => {
    const amount = fc.bigInt(1n, 100n);
    const history = fc.array(
      fc.oneof(
        fc.tuple(amount, fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined })),
        fc.tuple(amount.map((spent) => -spent), fc.constant(undefined)),
      ),
      { maxLength: 20 },
    ); // prettier-ignore
    fc.assert(
      fc.property(history, fc.nat(100), fc.integer({ min: 0, max: 10 }), (all, share, on) => {
        let balance = 0n;
        let lots: readonly CreditLot[] = [];
        for (const [delta, until] of all) {
          if (balance + delta < 0n) continue;
          balance += delta;
          lots = followLots(lots, delta > 0n ? given(`g${++lines}`, delta, until) : line(delta));
        }
        const held = (balance * BigInt(share)) / 100n;
        const taken = takeable(lots, held, day(on)).reduce((sum, part) => sum + part.amount, 0n);
        return taken <= balance - held && lots.every(({ left_ucr }) => left_ucr > 0n);
      }),
    );
  });
});
