import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { SecurityChange } from '@parley/contracts';
import { Clock, newId } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { LiveEvents } from './live-events.js';
import { SECURITY_EVENTS, type StoredSecurityEvent } from './security-event.schema.js';

/** Where rights end or change, this says so to all services. */
@Injectable()
export class SecurityEvents {
  constructor(
    @InjectModel(SECURITY_EVENTS) private readonly events: Model<StoredSecurityEvent>,
    private readonly live: LiveEvents,
    private readonly clock: Clock,
  ) {}

  /** @param session the transaction that makes the change, so that neither is there without the other */
  async append(changes: readonly SecurityChange[], session: ClientSession): Promise<void> {
    const at = this.clock.date();
    const events = changes.map((change) => ({ _id: newId('sev'), change, at }));
    await this.events.insertMany(events, { session });
    // The transaction is over by then. Whoever else is signed in at this process waits for what it has changed.
    session.once('ended', () => this.live.expectMore());
  }
}
