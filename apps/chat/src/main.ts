import { createLogger, runService } from '@parley/platform';
import { AppModule } from './app.module.js';
import { readChatConfig } from './config.js';

await runService({
  name: 'chat',
  readConfig: readChatConfig,
  httpSettings: (config) => config.http,
  logger: (config) => createLogger('chat', config.logLevel),
  module: (config, logger) => AppModule.for(config, { logger }),
});
