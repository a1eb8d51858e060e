import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { inTransaction, PeriodicJobs } from '@parley/platform';
import type { Connection } from 'mongoose';
import { type NewErrand, Errands } from '../errands/errands.js';
import type { Visitor } from './visitor.schema.js';
import { VisitorsService } from './visitors.service.js';

const everyMs = 3_600_000;
const batch = 200;

/** Forgets visitors who do not come back, with their conversations. */
@Injectable()
export class IdleVisitorsJob implements OnApplicationBootstrap {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly visitors: VisitorsService,
    private readonly errands: Errands,
    private readonly jobs: PeriodicJobs,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.everyAndNow(everyMs, 'idle visitors', (stop) => this.forgetIdle(stop));
  }

  /** @returns how many */
  async forgetIdle(stop?: AbortSignal): Promise<number> {
    let forgotten = 0;
    for (let ids = await this.visitors.idle(batch); ids.length > 0; ids = await this.visitors.idle(batch)) {
      for (const id of ids) {
        if (stop?.aborted) return forgotten;
        if (await this.forget(id)) forgotten++;
      }
    }
    return forgotten;
  }

  private forget(id: string): Promise<boolean> {
    return inTransaction(this.connection, async (session) => {
      const visitor = await this.visitors.forget(id, session);
      if (visitor) await this.errands.queue(errandsFor(visitor), session);
      return visitor !== null;
    });
  }
}

/** The conversations of one who has signed in are the user's; the account is closed for both. */
const errandsFor = ({ _id: user_id, successor_id }: Visitor): NewErrand[] => [
  { kind: 'accounting_erasure', body: { user_id } },
  ...(successor_id === null ? [{ kind: 'chat_erasure' as const, body: { user_id } }] : []),
];
