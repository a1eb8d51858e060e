import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, LOGGER, type Logger, newId, PeriodicJobs } from '@parley/platform';
import type { Model } from 'mongoose';
import { AUDIT_ENTRIES, type AuditEntry } from './audit-entry.schema.js';
import type { NewAuditEntry } from './audit-log.js';

const periodMs = 60_000;
const writeEveryMs = 10_000;
/** Past so many different ones in a minute the rest of it counts as being about nobody. */
const maxCounted = 200;

interface Tally {
  id: string;
  since: number;
  /** Of these the entry does not say yet. */
  unwritten: number;
}

/**
 * Refused attempts, which anybody can make as often as they like. The first of a minute, of each type and subject, is written at
 * once, and the others of that minute only count: `facts.count`, which is right ten seconds later. So a process
 * writes at most 201 entries for a type in a minute, whatever comes in. What cannot be written is in the log and delays nobody.
 */
@Injectable()
export class AuditTally implements OnModuleInit, OnModuleDestroy {
  private readonly tallies = new Map<string, Tally>();
  private writing: Promise<unknown> = Promise.resolve();

  constructor(
    @InjectModel(AUDIT_ENTRIES) private readonly entries: Model<AuditEntry>,
    private readonly clock: Clock,
    private readonly jobs: PeriodicJobs,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.jobs.every(writeEveryMs, 'audit-tally', () => this.write());
  }

  async onModuleDestroy(): Promise<void> {
    await this.write();
  }

  /** Counts a refused attempt. It returns at once. */
  note(entry: NewAuditEntry): void {
    const key = this.keyOf(entry);
    const now = this.clock.now();
    const tally = this.tallies.get(key);
    if (tally && now - tally.since < periodMs) {
      tally.unwritten++;
      return;
    }
    if (tally) this.later(() => this.add(tally));
    const id = newId('aud');
    this.tallies.set(key, { id, since: now, unwritten: 0 });
    const first = { subject: null, org_id: null, ip_address: null, ...entry, _id: id, at: new Date(now) };
    this.later(() => this.entries.create([{ ...first, facts: { ...entry.facts, count: 1 } }]));
  }

  /** Writes what has been counted, and forgets minutes that are over. */
  async write(): Promise<void> {
    for (const [key, tally] of this.tallies) {
      this.later(() => this.add(tally));
      if (this.clock.now() - tally.since >= periodMs) this.tallies.delete(key);
    }
    await this.writing;
  }

  private keyOf({ type, subject = null }: NewAuditEntry): string {
    const key = `${type} ${subject ?? ''}`;
    return this.tallies.has(key) || this.tallies.size < maxCounted ? key : `${type} `;
  }

  private async add(tally: Tally): Promise<void> {
    const { id, unwritten } = tally;
    if (unwritten === 0) return;
    tally.unwritten = 0;
    await this.entries.updateOne({ _id: id }, { $inc: { 'facts.count': unwritten } });
  }

  /** One write after the other, so that an entry is there before it is added to. */
  private later(write: () => Promise<unknown>): void {
    this.writing = this.writing
      .then(write)
      .catch((error: unknown) =>
        this.logger.warn({ err: error }, 'refused attempts could not be written to the audit log'),
      );
  }
}
