import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, newId } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { AUDIT_ENTRIES, type AuditEntry } from './audit-entry.schema.js';

export type NewAuditEntry = Pick<AuditEntry, 'type' | 'actor'> & Partial<Omit<AuditEntry, '_id' | 'at'>>;

/** Who did what to whom. It is for people; services learn of changes from the security events. */
@Injectable()
export class AuditLog {
  constructor(
    @InjectModel(AUDIT_ENTRIES) private readonly entries: Model<AuditEntry>,
    private readonly clock: Clock,
  ) {}

  /** @param session the transaction that makes the change; without one the entry stands by itself, as for a refused attempt */
  async record(entry: NewAuditEntry, session?: ClientSession): Promise<void> {
    const unnamed = { subject: null, org_id: null, ip_address: null, facts: {} };
    const whole: AuditEntry = { ...unnamed, ...entry, _id: newId('aud'), at: this.clock.date() };
    await this.entries.create([whole], session ? { session } : {});
  }
}
