/** `npm run soak:ledger -- [--minutes 2] [--seed N]`: services are killed and calls meddled with; then the books must balance. */
import path from 'node:path';
import { DatabaseProcess, withDirectory } from '../database/database-process.js';
import { runCampaign } from './campaign.js';
import { readOptions } from './options.js';
import { show } from './show.js';

const { minutes, seed } = readOptions(process.argv.slice(2));
console.log(`soak:ledger: ${minutes} minutes, seed ${seed}`);

const outcome = await withDirectory(async (directory) => {
  const database = await DatabaseProcess.start('dist/libs/embedded-mongo/src/main.js', path.join(directory, 'data'));
  try {
    return await runCampaign({
      product: 'dist',
      mongo: { uri: database.uri, prefix: 'soak' },
      seed,
      milliseconds: minutes * 60_000,
      killEvery: { fromMs: 1_000, toMs: 3_000 },
      // Chat waits two seconds for an answer: some calls arrive after they were given up.
      meddling: { delayMs: 3_000, repeatAfterMs: 1_500 },
      customers: 8,
      clients: 12,
      mostQuestions: 50_000,
    });
  } finally {
    await database.stop();
  }
});
for (const line of show(outcome).split('\n')) console.log(`soak:ledger: ${line}`);
process.exitCode = outcome.faults.length > 0 ? 1 : 0;
