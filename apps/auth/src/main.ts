import { createLogger, runService } from '@parley/platform';
import { AppModule } from './app.module.js';
import { readAuthConfig } from './config.js';

await runService({
  name: 'auth',
  readConfig: readAuthConfig,
  httpSettings: (config) => config.http,
  logger: (config) => createLogger('auth', config.logLevel),
  module: (config, logger) => AppModule.for(config, { logger }),
});
