import { Module } from '@nestjs/common';
import { Revocations, SecurityFeed } from '@parley/auth';
import { KeysModule } from '../keys/keys.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { EventCleanupJob } from './event-cleanup.job.js';
import { EventLog } from './event-log.js';
import { LiveEvents } from './live-events.js';
import { LocalSecurityFeed } from './local-security-feed.js';
import { SecurityFeedController } from './security-feed.controller.js';

/** Tells this process and the other services what the events say. */
@Module({
  imports: [SecurityEventsModule, KeysModule],
  controllers: [SecurityFeedController],
  providers: [
    Revocations,
    EventLog,
    LiveEvents,
    EventCleanupJob,
    { provide: SecurityFeed, useClass: LocalSecurityFeed },
  ],
  exports: [SecurityFeed, Revocations],
})
export class SecurityFeedModule {}
