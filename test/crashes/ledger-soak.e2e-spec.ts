import { afterAll, describe, expect, it } from '@jest/globals';
import { productBuild, testDatabases } from '@parley/testing';
import { findFaults } from '../../apps/accounting/test/sound-books.js';
import { runCampaign } from '../campaigns/soak-ledger/campaign.js';

/** A short slice of `npm run soak:ledger`. */
describe('services that are killed while answers are given and paid for', () => {
  const databases = testDatabases();

  afterAll(() => databases.drop());

  it('end with books that say what the model counted', async () => {
    const { faults, tally, rare, charged, modelWorth } = await runCampaign({
      product: productBuild(),
      mongo: databases,
      seed: 7,
      milliseconds: 4_000,
      // Time for two kills: while the first victim restarts, the second kill usually hits the other service.
      killEvery: { fromMs: 1_200, toMs: 1_900 },
      // Other suites may be using the same database, so it is not killed here.
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
    // A call that arrives after its caller gave up leaves a hold, which expires after ten seconds.
  }, 200_000);
});
