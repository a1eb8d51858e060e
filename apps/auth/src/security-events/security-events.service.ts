import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { SecurityChange } from '@parley/contracts';
import { Clock, newId } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { SECURITY_EVENTS, type StoredSecurityEvent } from './security-event.schema.js';

/** Where rights end or change, this says so to all services. */
@Injectable()
export class SecurityEvents {
  private readonly listeners: Array<() => void> = [];

  constructor(
    @InjectModel(SECURITY_EVENTS) private readonly events: Model<StoredSecurityEvent>,
    private readonly clock: Clock,
  ) {}

  /** @param session the transaction that makes the change, so that neither is there without the other */
  async append(changes: readonly SecurityChange[], session: ClientSession): Promise<void> {
    const at = this.clock.date();
    const events = changes.map((change) => ({ _id: newId('sev'), change, at }));
    await this.events.insertMany(events, { session });
    session.once('ended', () => {
      for (const listener of this.listeners) listener();
    });
  }

  /** Calls back whenever a transaction is over in which this process has written events. */
  onWritten(listener: () => void): void {
    this.listeners.push(listener);
  }
}
