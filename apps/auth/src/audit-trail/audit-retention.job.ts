import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, PeriodicJobs } from '@parley/platform';
import type { Model } from 'mongoose';
import { AUDIT_ENTRIES, type AuditEntry } from '../audit/audit-entry.schema.js';

/** For how long entries are kept, in milliseconds. */
export const AUDIT_RETENTION_MS = Symbol('AuditRetentionMs');

const everyMs = 3_600_000;

/** Removes entries that are older than AUDIT_RETENTION_DAYS. */
@Injectable()
export class AuditRetention implements OnModuleInit {
  constructor(
    @InjectModel(AUDIT_ENTRIES) private readonly entries: Model<AuditEntry>,
    @Inject(AUDIT_RETENTION_MS) private readonly retentionMs: number,
    private readonly jobs: PeriodicJobs,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.jobs.every(everyMs, 'audit-retention', () => this.removeOld());
  }

  /** @returns how many were removed */
  async removeOld(): Promise<number> {
    const oldest = new Date(this.clock.now() - this.retentionMs);
    const { deletedCount } = await this.entries.deleteMany({ at: { $lt: oldest } });
    return deletedCount;
  }
}
