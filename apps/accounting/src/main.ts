import { createLogger, runService } from '@parley/platform';
import { AppModule } from './app.module.js';
import { readAccountingConfig } from './config.js';

await runService({
  name: 'accounting',
  readConfig: readAccountingConfig,
  httpSettings: ({ http }) => http,
  logger: ({ logLevel }) => createLogger('accounting', logLevel),
  module: (config, logger) => AppModule.for(config, { logger }),
});
