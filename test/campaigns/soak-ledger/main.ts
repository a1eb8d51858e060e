/** `npm run soak:ledger -- [--minutes 2] [--seed N]`: services are killed and calls are meddled with; then the books must balance. */
import path from 'node:path';
import { freePort, ServiceProcess } from '@parley/testing';
import { loadAudit } from '../crash-ledger/audit.js';
import { withDirectory } from '../database/database-process.js';
import { runCampaign } from './campaign.js';
import { readOptions } from './options.js';
import { neverTaken, show } from './show.js';

const { minutes, seed } = readOptions(process.argv.slice(2));
console.log(`soak:ledger: ${minutes} minutes, seed ${seed}`);

const audit = await loadAudit();
const outcome = await withDirectory(async (directory) => {
  const port = await freePort();
  const options = ['--port', String(port), '--data', path.join(directory, 'data')];
  const database = new ServiceProcess('dist/libs/embedded-mongo/src/main.js', port, {}, options);
  await database.start();
  try {
    return await runCampaign({
      product: 'dist',
      mongo: { uri: `mongodb://127.0.0.1:${port}/?replicaSet=rs0`, prefix: 'soak' },
      database,
      seed,
      milliseconds: minutes * 60_000,
      killEvery: { fromMs: 1_000, toMs: 3_000 },
      killDatabaseEvery: { fromMs: 15_000, toMs: 40_000 },
      // Chat waits two seconds for an answer, so some calls arrive after it has given up.
      meddling: { delayMs: 3_000, repeatAfterMs: 1_500, shortLived: 0.6 },
      // Two devices per customer, which compete for the same credits.
      customers: 7,
      clients: 14,
      mostQuestions: 50_000,
      audit,
    });
  } finally {
    await database.kill();
  }
});
const faults = [...outcome.faults, ...neverTaken(outcome.rare, minutes)];
for (const line of show({ ...outcome, faults }).split('\n')) console.log(`soak:ledger: ${line}`);
process.exitCode = faults.length > 0 ? 1 : 0;
