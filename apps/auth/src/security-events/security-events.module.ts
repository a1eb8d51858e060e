import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { Revocations, SecurityFeed } from '@parley/auth';
import { KeysModule } from '../keys/keys.module.js';
import { EventCleanupJob } from './event-cleanup.job.js';
import { EventLog } from './event-log.js';
import { LiveEvents } from './live-events.js';
import { LocalSecurityFeed } from './local-security-feed.js';
import { SECURITY_EVENTS, securityEventSchema } from './security-event.schema.js';
import { SecurityEventsController } from './security-events.controller.js';
import { SecurityEvents } from './security-events.service.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: SECURITY_EVENTS, schema: securityEventSchema }]), KeysModule],
  controllers: [SecurityEventsController],
  providers: [
    Revocations,
    EventLog,
    LiveEvents,
    EventCleanupJob,
    SecurityEvents,
    { provide: SecurityFeed, useClass: LocalSecurityFeed },
  ],
  exports: [SecurityEvents, SecurityFeed, Revocations],
})
export class SecurityEventsModule {}
