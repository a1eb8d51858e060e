import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { SECURITY_EVENTS, securityEventSchema } from './security-event.schema.js';
import { SecurityEvents } from './security-events.service.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: SECURITY_EVENTS, schema: securityEventSchema }])],
  providers: [SecurityEvents],
  exports: [SecurityEvents],
})
export class SecurityEventsModule {}
