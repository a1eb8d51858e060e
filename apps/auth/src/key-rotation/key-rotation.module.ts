import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { KeyRotationController } from './key-rotation.controller.js';
import { KeyRotationJob } from './key-rotation.job.js';
import { KeyRotationService } from './key-rotation.service.js';

@Module({
  imports: [KeysModule, SecurityEventsModule, AuditModule],
  controllers: [KeyRotationController],
  providers: [KeyRotationService, KeyRotationJob],
})
export class KeyRotationModule {}
