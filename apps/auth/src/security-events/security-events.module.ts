import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { SECURITY_EVENTS, securityEventSchema } from './security-event.schema.js';
import { SecurityEvents } from './security-events.service.js';

/** Writes events. Who reads them is `security-feed/`; the commands, which only write, do without it. */
@Module({
  imports: [MongooseModule.forFeature([{ name: SECURITY_EVENTS, schema: securityEventSchema }])],
  providers: [SecurityEvents],
  exports: [SecurityEvents, MongooseModule],
})
export class SecurityEventsModule {}
