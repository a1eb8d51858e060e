import path from 'node:path';
import { withDirectory } from '../database/database-process.js';
import { runCampaign } from './campaign.js';

/** A short slice of `npm run soak:db`. */
describe('a database that is killed while it is written to', () => {
  it('keeps what it acknowledged, no half transaction, and indexes that agree with their collections', async () => {
    const script = path.join(process.env.PARLEY_TEST_BUILD!, 'libs/embedded-mongo/src/main.js');
    const { counts, faults } = await withDirectory((directory) =>
      runCampaign({ script, directory: path.join(directory, 'data'), rounds: 3, seed: 41 }),
    );
    expect(faults).toEqual([]);
    expect(counts.rounds).toBe(3);
    expect(counts.acknowledged).toBeGreaterThan(100);
  });
});
