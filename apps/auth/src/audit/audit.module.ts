import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AUDIT_ENTRIES, auditEntrySchema } from './audit-entry.schema.js';
import { AuditLog } from './audit-log.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: AUDIT_ENTRIES, schema: auditEntrySchema }])],
  providers: [AuditLog],
  exports: [AuditLog],
})
export class AuditModule {}
