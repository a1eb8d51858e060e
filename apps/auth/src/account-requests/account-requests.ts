import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, LOGGER, type Logger, newId, PeriodicJobs } from '@parley/platform';
import type { Model } from 'mongoose';
import { ACCOUNT_REQUESTS, type AccountRequest } from './account-request.schema.js';
import { RequestHandling } from './request-handling.js';

const pauseMs = 1_000;
/** Until then nobody else deals with a request; afterwards somebody does, even if this process is gone. */
const leaseMs = 30_000;
const maxAttempts = 10;

export type NewRequest = Omit<AccountRequest, '_id' | 'attempts' | 'next_attempt_at'>;

/** Takes requests in, and deals with them when their answer is gone. */
@Injectable()
export class AccountRequests implements OnApplicationBootstrap {
  constructor(
    @InjectModel(ACCOUNT_REQUESTS) private readonly requests: Model<AccountRequest>,
    private readonly handling: RequestHandling,
    private readonly jobs: PeriodicJobs,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.every(pauseMs, 'account requests', (stop) => this.workOff(stop));
  }

  async take(request: NewRequest): Promise<void> {
    const due = { _id: newId('req'), ...request, attempts: 0, next_attempt_at: this.clock.date() };
    await this.requests.create([due]);
  }

  /** Deals with all that are due. */
  async workOff(stop?: AbortSignal): Promise<void> {
    for (let request = await this.lease(); request; request = await this.lease()) {
      await this.handle(request);
      if (stop?.aborted) return;
    }
  }

  private after(attempts: number): Date {
    return new Date(this.clock.now() + attempts * pauseMs);
  }

  private lease(): Promise<AccountRequest | null> {
    const now = this.clock.date();
    return this.requests
      .findOneAndUpdate(
        { next_attempt_at: { $lte: now } },
        { $inc: { attempts: 1 }, $set: { next_attempt_at: new Date(now.getTime() + leaseMs) } },
        { sort: { next_attempt_at: 1 }, returnDocument: 'after' },
      )
      .lean<AccountRequest>();
  }

  /** The request goes in the transaction of what comes of it, so that both happen once. */
  private async handle(request: AccountRequest): Promise<void> {
    try {
      await this.handling.handle(request);
    } catch (error) {
      const { _id, kind, attempts } = request;
      this.logger.warn({ err: error, request: _id, kind, attempts }, 'an account request failed');
      if (attempts >= maxAttempts) await this.requests.deleteOne({ _id });
      else await this.requests.updateOne({ _id, attempts }, { $set: { next_attempt_at: this.after(attempts) } });
    }
  }
}
