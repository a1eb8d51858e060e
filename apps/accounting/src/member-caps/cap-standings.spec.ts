import { describe, expect, it } from '@jest/globals';
import type { ClientSession, Model } from 'mongoose';
import { CapStandings } from './cap-standings.js';
import type { MemberCapRecord } from './member-cap.schema.js';

const day = 'org_1:usr_1:day';
const month = 'org_1:usr_1:month';

/** Caps of 100 a day, of which 30 are spent and 20 held, as an aggregation answers them. */
function buildStandings() {
  const statements: unknown[] = [];
  const record = { _id: day, cap_ucr: 100, window: '2026-01-15', spent_ucr: 30, held_ucr: 20 };
  const model = {
    aggregate: () => Promise.resolve(statements.push('read') && [record]),
    updateOne: (filter: object, { $set }: { $set: object }) => Promise.resolve(statements.push({ ...filter, ...$set })),
  };
  const standings = new CapStandings(model as unknown as Model<MemberCapRecord>, {} as ClientSession);
  return { standings, statements };
}

describe('the caps of one transaction', () => {
  it('are read once and written once, however many operations count under them', async () => {
    const { standings, statements } = buildStandings();
    for (let holds = 0; holds < 5; holds++) {
      await standings.known([day, month]);
      await standings.count([day], { held: 10n, charged: 0n });
    }
    await standings.count([day], { held: -10n, charged: 7n });
    await standings.write();
    expect(statements).toEqual(['read', { _id: day, window: '2026-01-15', spent_ucr: 37n, held_ucr: 60n }]);
  });

  it('are not written when nothing has moved', async () => {
    const { standings, statements } = buildStandings();
    expect([await standings.known([day, month]), await standings.tightest([day, month])]).toEqual([[day], 50n]);
    await standings.write();
    expect(statements).toEqual(['read']);
  });

  it('leave less to each operation that counts, and never less than nothing', async () => {
    const { standings } = buildStandings();
    await standings.count([day], { held: 40n, charged: 0n });
    expect(await standings.tightest([day])).toBe(10n);
    await standings.count([day], { held: 0n, charged: 40n });
    expect([await standings.tightest([day]), await standings.tightest([month])]).toEqual([0n, undefined]);
  });
});
