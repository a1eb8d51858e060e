import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AUDIT_ENTRIES, auditEntrySchema } from '../audit/audit-entry.schema.js';
import { AuthzModule } from '../authz/authz.module.js';
import { AuditRetention } from './audit-retention.job.js';
import { AuditTrailController } from './audit-trail.controller.js';
import { AuditTrail } from './audit-trail.service.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: AUDIT_ENTRIES, schema: auditEntrySchema }]), AuthzModule],
  controllers: [AuditTrailController],
  providers: [AuditTrail, AuditRetention],
})
export class AuditTrailModule {}
