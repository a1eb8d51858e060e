import { afterAll, describe, expect, it } from '@jest/globals';
import { productBuild, testDatabases } from '@parley/testing';
import { findFaults } from '../../apps/accounting/test/sound-books.js';
import { runCampaign } from '../campaigns/soak-ledger/campaign.js';

/** A short part of what `npm run soak:ledger` does. */
describe('services that are killed while answers are given and paid for', () => {
  const databases = testDatabases();

  afterAll(() => databases.drop());

  it('end with books that say what the model counted', async () => {
    const { faults, tally, rare, charged, modelWorth } = await runCampaign({
      product: productBuild(),
      mongo: databases,
      seed: 7,
      milliseconds: 4_000,
      // Time for two kills: while the first victim starts again, mostly the other service is struck.
      killEvery: { fromMs: 1_200, toMs: 1_900 },
      // The database may be another suite's as well, so nobody kills it here.
      killDatabaseEvery: { fromMs: 60_000, toMs: 90_000 },
      meddling: { delayMs: 1_000, repeatAfterMs: 500, shortLived: 1 },
      customers: 7,
      clients: 7,
      mostQuestions: 1_000,
      audit: findFaults,
    });
    expect(faults).toEqual([]);
    expect(tally.kills).toBeGreaterThan(1);
    expect(tally.duplicates).toBeGreaterThan(0);
    expect(rare['holds on a pool']).toBeGreaterThan(0);
    expect(rare['sound reconciliations']).toBeGreaterThan(0);
    expect(charged > 0n && charged <= modelWorth).toBe(true);
    // A call that arrives after it was given up leaves a hold, which ends by itself after ten seconds.
  }, 200_000);
});
