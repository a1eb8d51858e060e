import type { MongoSettings } from '../mongo/mongo.module.js';
import type { Clock } from '../clock/clock.js';
import type { Logger } from '../logging/logger.js';

/** What a service tells the platform about itself. */
export interface PlatformOptions {
  service: 'auth' | 'accounting' | 'chat';
  /** One sentence for the head of the OpenAPI document. */
  description: string;
  mongo: MongoSettings;
  clock?: Clock;
  logger: Logger;
}

export const PLATFORM_OPTIONS = Symbol('PlatformOptions');
