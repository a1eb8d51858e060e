// Accounting as a process of its own; with --plain no two operations share a transaction.
import { AppModule } from '../../dist/apps/accounting/src/app.module.js';
import { readAccountingConfig } from '../../dist/apps/accounting/src/config.js';
import { createLogger, runService } from '../../dist/libs/platform/src/index.js';

await runService({
  name: 'accounting',
  readConfig: readAccountingConfig,
  httpSettings: ({ http }) => http,
  logger: ({ logLevel }) => createLogger('accounting', logLevel),
  module: (config, logger) => AppModule.for(config, { logger, batching: !process.argv.includes('--plain') }),
});
