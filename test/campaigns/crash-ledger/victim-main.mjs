/**
 * Accounting in a process of its own, from the compiled product in the directory that its first argument names. Its jobs run when it
 * is told to, instead of every few seconds, so that every write has a known cause, and it reports every operation that queues for
 * its account. It ends when its parent does.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const fromProduct = (file) => import(pathToFileURL(path.resolve(process.argv[2], file)).href);
const { createLogger, createService, PeriodicJobs } = await fromProduct('libs/platform/src/index.js');
const { AppModule } = await fromProduct('apps/accounting/src/app.module.js');
const { readAccountingConfig } = await fromProduct('apps/accounting/src/config.js');
const { HoldExpiryJob } = await fromProduct('apps/accounting/src/holds/hold-expiry.job.js');
const { CreditExpiryJob } = await fromProduct('apps/accounting/src/expiring-credits/credit-expiry.job.js');
const { RefillsJob } = await fromProduct('apps/accounting/src/credit-rules/refills.job.js');
const { AccountQueue } = await fromProduct('apps/accounting/src/ledger/account-queue.js');

const config = readAccountingConfig(process.env);
const logger = createLogger('accounting', 'fatal');
const app = await createService(AppModule.for(config, { logger }), config.http, logger);
await app.listen(0, '127.0.0.1');
await app.get(PeriodicJobs, { strict: false }).stop();
const expiry = app.get(HoldExpiryJob, { strict: false });
const creditExpiry = app.get(CreditExpiryJob, { strict: false });
const refills = app.get(RefillsJob, { strict: false });
/** The jobs, by the words that start one round of each. */
const jobs = {
  sweep: () => expiry.sweep(),
  takeBackExpired: () => creditExpiry.takeBack(),
  refill: () => refills.refill(),
};

const queue = app.get(AccountQueue, { strict: false });
const run = queue.run.bind(queue);
queue.run = (...args) => {
  const result = run(...args);
  process.send({ queued: true });
  return result;
};

process.on('message', async (job) => process.send({ swept: await jobs[job]() }));
process.on('disconnect', () => process.exit());
process.send({ url: await app.getUrl() });
