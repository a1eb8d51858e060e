import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AUDIT_ENTRIES, auditEntrySchema } from './audit-entry.schema.js';
import { AuditLog } from './audit-log.js';
import { AuditTally } from './audit-tally.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: AUDIT_ENTRIES, schema: auditEntrySchema }])],
  providers: [AuditLog, AuditTally],
  exports: [AuditLog, AuditTally],
})
export class AuditModule {}
