import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { AuthenticatedRequest } from '@parley/auth';
import { Clock, LOGGER, type Logger } from '@parley/platform';
import jwt from 'jsonwebtoken';
import type { Model } from 'mongoose';
import type { Observable } from 'rxjs';
import { LOGIN_SESSIONS, type LoginSession } from '../login-sessions/login-session.schema.js';

const everyMs = 60_000;
/** Above it everything is forgotten, which costs each session one write. */
const maxRemembered = 10_000;

interface Seen {
  at: number;
  counter: number;
}

/**
 * Notes that a session is in use: when, at most once a minute, and with which renewal's access token, once for each. A client that
 * uses a token has received it, so the refresh token before it can be no retry any more.
 */
@Injectable()
export class LastSeen implements NestInterceptor {
  private readonly seen = new Map<string, Seen>();

  constructor(
    @InjectModel(LOGIN_SESSIONS) private readonly loginSessions: Model<LoginSession>,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { principal, accessToken } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (principal?.kind === 'user' && accessToken) await this.note(principal.loginSessionId, counterOf(accessToken));
    return next.handle();
  }

  /** A failure harms nobody, so the request goes on. */
  private async note(sid: string, counter: number): Promise<void> {
    const now = this.clock.now();
    try {
      const before = this.seen.get(sid) ?? (await this.stored(sid));
      const isDue = now - before.at >= everyMs || now < before.at;
      if (this.seen.size >= maxRemembered) this.seen.clear();
      this.seen.set(sid, { at: isDue ? now : before.at, counter: Math.max(counter, before.counter) });
      if (!isDue && counter <= before.counter) return;
      await this.loginSessions.updateOne(
        { _id: sid, seen_counter: { $lt: counter } },
        { $set: { seen_counter: counter } },
      );
      if (isDue) await this.write(sid, now);
    } catch (error) {
      this.logger.warn({ sid, err: error }, 'the use of a session could not be noted');
    }
  }

  /** What another instance, or this one before its start, has noted. */
  private async stored(sid: string): Promise<Seen> {
    const found = await this.loginSessions.findById(sid, { last_seen_at: 1, seen_counter: 1 }).lean<LoginSession>();
    return { at: found?.last_seen_at.getTime() ?? 0, counter: found?.seen_counter ?? 0 };
  }

  /** The condition holds for all instances together. */
  private async write(sid: string, now: number): Promise<void> {
    const longAgo = { last_seen_at: { $lte: new Date(now - everyMs) } };
    await this.loginSessions.updateOne({ _id: sid, ...longAgo }, { $set: { last_seen_at: new Date(now) } });
  }
}

/** Of a token that the guard has verified. */
const counterOf = (accessToken: string): number =>
  Number((jwt.decode(accessToken) as { rc?: unknown } | null)?.rc ?? 0);
