import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Revocations } from '@parley/auth';
import type { SecurityEvent } from '@parley/contracts';
import { Clock, LOGGER, type Logger } from '@parley/platform';
import type { Model } from 'mongoose';
import { SigningKeysService } from '../keys/signing-keys.service.js';
import { SecurityEvents } from '../security-events/security-events.service.js';
import { EventLog } from './event-log.js';
import { SECURITY_EVENTS, type StoredSecurityEvent } from '../security-events/security-event.schema.js';

/** How often the database is looked at for what other processes have written. */
const pollMs = 250;
/**
 * An event gets its time before it is committed, and the clocks of two machines differ, so a later one may be there first. Both
 * together stay below this: a transaction takes 5 s at most, and clocks may be 5 s apart.
 */
export const overlapMs = 10_000;

/** The security events of the whole installation, as this process knows them: read from the database over and over, by one reader. */
@Injectable()
export class LiveEvents implements OnModuleInit, OnModuleDestroy {
  private readonly timer: NodeJS.Timeout;
  private readAt: number | undefined;
  private reading: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;
  /** The read that brings what this process has changed. */
  private owed: Promise<void> | undefined;
  /** That read has failed. */
  private isBehind = false;
  private isFailing = false;

  constructor(
    @InjectModel(SECURITY_EVENTS) private readonly events: Model<StoredSecurityEvent>,
    private readonly written: SecurityEvents,
    private readonly log: EventLog,
    private readonly revocations: Revocations,
    private readonly keys: SigningKeysService,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.timer = setInterval(() => void this.catchUp().catch(() => undefined), pollMs).unref();
  }

  async onModuleInit(): Promise<void> {
    await this.events.init();
    this.written.onWritten(() => this.expectMore());
    await this.catchUp();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.log.end();
    await this.reading.catch(() => undefined);
  }

  /** How long an event matters to anybody: no token from before it lives longer. */
  get keepForMs(): number {
    return this.keys.longestLifeMs;
  }

  /** This process has just changed something. @see settled */
  private expectMore(): void {
    const owed = this.catchUp();
    this.owed = owed;
    const isOver = (hasFailed: boolean) => () => {
      if (this.owed !== owed) return;
      this.owed = undefined;
      this.isBehind = hasFailed;
    };
    owed.then(isOver(false), isOver(true));
  }

  /** Undefined when all that this process has changed is in force in it; else settles when it is. */
  settled(): Promise<void> | undefined {
    if (this.isBehind && !this.owed) this.expectMore();
    return this.owed;
  }

  /** Reads everything that was committed before this call. */
  catchUp(): Promise<void> {
    // A read that has begun may have missed it, so another one follows; all who ask meanwhile share that one.
    this.next ??= this.reading
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return (this.reading = this.read());
      });
    return this.next;
  }

  private async read(): Promise<void> {
    const startedAt = this.clock.now();
    const since = (this.readAt ?? startedAt - this.keepForMs) - overlapMs;
    try {
      const found = await this.events
        .find({ at: { $gte: new Date(since) } })
        .sort({ at: 1 })
        .lean<StoredSecurityEvent[]>();
      await this.take(found.map(({ _id: id, change, at }) => ({ id, at: at.getTime(), ...change })));
      this.readAt = startedAt;
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing) this.logger.warn({ err: error }, 'the security events could not be read');
      this.isFailing = true;
      throw error;
    }
  }

  private async take(events: SecurityEvent[]): Promise<void> {
    const news = this.revocations.apply(events);
    // Who hears of other keys fetches them at once, so they have to be published by then.
    if (news > 0 && events.some(({ type }) => type === 'key-revoked' || type === 'keys-changed'))
      await this.keys.reload();
    this.log.add(events);
    const oldest = this.clock.now() - this.keepForMs - overlapMs;
    this.revocations.forgetBefore(oldest);
    this.log.forgetBefore(oldest);
  }
}
