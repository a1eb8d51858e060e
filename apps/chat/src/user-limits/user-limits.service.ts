import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { UserLimitErrors } from './user-limits.errors.js';

const minuteSeconds = 60;
/** Ten a second: more than a person with all their tabs, and than the load tests of one user. */
const startsPerMinute = 600;
/** Each one costs accounting a transaction, and nobody pays for it. */
const refusedStartsPerMinute = 30;
const newSessionsPerMinute = 120;

/** How often one user may begin things, in each process. */
@Injectable()
export class UserLimitsService {
  private readonly starts = perMinute(startsPerMinute);
  private readonly refusedStarts = perMinute(refusedStartsPerMinute);
  private readonly newSessions = perMinute(newSessionsPerMinute);

  /** @throws DomainError `too_many_streams` */
  async countStart(userId: string): Promise<void> {
    const refused = await this.refusedStarts.get(userId);
    if (refused && refused.consumedPoints > refusedStartsPerMinute)
      throw UserLimitErrors.tooManyStreams(secondsOf(refused));
    await this.starts.consume(userId).catch((over: unknown) => {
      throw over instanceof RateLimiterRes ? UserLimitErrors.tooManyStreams(secondsOf(over)) : over;
    });
  }

  /** For want of credits; such starts have a limit of their own. */
  async countRefusedStart(userId: string): Promise<void> {
    await this.refusedStarts.penalty(userId);
  }

  /** @throws DomainError `too_many_sessions` */
  async countNewSession(userId: string): Promise<void> {
    await this.newSessions.consume(userId).catch((over: unknown) => {
      throw over instanceof RateLimiterRes ? UserLimitErrors.tooManySessions(secondsOf(over)) : over;
    });
  }
}

const perMinute = (points: number) => new RateLimiterMemory({ points, duration: minuteSeconds });

const secondsOf = ({ msBeforeNext }: RateLimiterRes): number => Math.max(1, Math.ceil(msBeforeNext / 1_000));
