import { describe, expect, it } from '@jest/globals';
import type { EntryRecord } from '../ledger/ledger-entry.schema.js';
import { beginning, follow } from './entry-drift.js';
import { isExplainedBy } from './misstatement.js';

const line = (seq: number, record: Partial<EntryRecord>): EntryRecord => ({
  _id: `entry:${seq}`,
  account_id: 'user:u',
  seq,
  type: 'hold',
  delta_ucr: 0n,
  held_delta_ucr: 0n,
  balance_after_ucr: 0n,
  held_after_ucr: 0n,
  hold_id: 'h',
  request_hash: 'digest',
  actor: 'svc:chat',
  at: new Date(0),
  ...record,
});
const given = (delta: bigint) => ({ type: 'allocation', delta_ucr: delta, counterparty: 'sys:issuance' }) as const;
const after = (balance: bigint, held: bigint) => ({ balance_after_ucr: balance, held_after_ucr: held });
const figures = (balance: bigint, seq: number) => ({ balance_ucr: balance, held_ucr: 0n, open_holds: 0, seq });
const repaired = (before: bigint, right: bigint) =>
  ({ type: 'correction', correction: { before: figures(before, 3), after: figures(right, 4) } }) as const;

const opened = [line(1, { ...given(500n), ...after(500n, 0n) }), line(2, { held_delta_ucr: 75n, ...after(500n, 75n) })];
const ended = { type: 'release', held_delta_ucr: -75n } as const;
const details = (entries: EntryRecord[]) => {
  const { place, faults } = follow({ standing: beginning }, entries, []);
  return { found: faults.map(([, detail]) => detail), misstated: place.misstated };
};

describe('follow', () => {
  it('finds nothing in entries that follow from one another', () => {
    expect(details([...opened, line(3, { ...ended, ...after(500n, 0n) })])).toEqual({
      found: [],
      misstated: undefined,
    });
  });

  it('leaves it open what has put the last entries off', () => {
    const { found, misstated } = details([...opened, line(3, { ...ended, ...after(5_500n, 0n) })]);
    expect([found, misstated!.balance, misstated!.faults.length]).toEqual([[], 5_000n, 1]);
    expect(isExplainedBy(misstated!, { balance: 5_000n, held: 0n })).toBe(true);
    expect(isExplainedBy(misstated!, { balance: 4_999n, held: 0n })).toBe(false);
    expect(isExplainedBy(misstated!, { balance: 5_000n, held: 1n })).toBe(false);
  });

  it('takes a repair of as much for the explanation', () => {
    const [wrong, repair] = [
      line(3, { ...ended, ...after(5_500n, 0n) }),
      line(4, { ...repaired(5_500n, 500n), ...after(500n, 0n) }),
    ];
    expect(details([...opened, wrong, repair])).toEqual({ found: [], misstated: undefined });
  });

  it.each<[string, EntryRecord]>([
    ['a repair of something else', line(4, { ...repaired(5_499n, 500n), ...after(500n, 0n) })],
    ['no repair at all', line(4, { ...given(1n), ...after(501n, 0n) })],
  ])('says that entries do not follow when there comes %s', (_name, next) => {
    const { found } = details([...opened, line(3, { ...ended, ...after(5_500n, 0n) }), next]);
    expect(found).toEqual(['entry:3 does not follow from the entry before']);
  });

  it('says so of those that were off by something else before', () => {
    const entries = [
      line(3, { ...ended, ...after(5_500n, 0n) }),
      line(4, { held_delta_ucr: 75n, ...after(6_500n, 75n) }),
      line(5, { ...ended, ...after(6_500n, 0n) }),
    ];
    const { found, misstated } = details([...opened, ...entries]);
    expect(found).toEqual(['entry:3 does not follow from the entry before']);
    expect([misstated!.balance, misstated!.faults.length]).toEqual([6_000n, 2]);
  });

  it('has no explanation for an amount that no hold confirms, because it may have been changed itself', () => {
    const entries = [line(3, { ...given(100n), ...after(5_600n, 75n) }), line(4, { ...ended, ...after(5_600n, 0n) })];
    expect(isExplainedBy(details([...opened, ...entries]).misstated!, { balance: 5_000n, held: 0n })).toBe(false);
    const repair = line(5, { ...repaired(5_600n, 600n), ...after(600n, 0n) });
    expect(details([...opened, ...entries, repair]).found).toHaveLength(2);
  });
});
