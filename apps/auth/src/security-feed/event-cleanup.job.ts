import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, PeriodicJobs } from '@parley/platform';
import type { Model } from 'mongoose';
import { LiveEvents, overlapMs } from './live-events.js';
import { SECURITY_EVENTS, type StoredSecurityEvent } from '../security-events/security-event.schema.js';

const everyMs = 60_000;

/** Deletes the events that no living token can be older than. */
@Injectable()
export class EventCleanupJob implements OnModuleInit {
  constructor(
    @InjectModel(SECURITY_EVENTS) private readonly events: Model<StoredSecurityEvent>,
    private readonly live: LiveEvents,
    private readonly jobs: PeriodicJobs,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.jobs.every(everyMs, 'security event cleanup', () => this.clean());
  }

  async clean(): Promise<number> {
    const before = new Date(this.clock.now() - this.live.keepForMs - overlapMs);
    const { deletedCount } = await this.events.deleteMany({ at: { $lt: before } });
    return deletedCount;
  }
}
