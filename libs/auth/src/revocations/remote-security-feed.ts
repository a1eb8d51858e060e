import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { securityEvent, type SecurityEvent, securityEventsPage, securityState } from '@parley/contracts';
import type { Clock, Logger, ReadinessChecks, ServiceClient } from '@parley/platform';
import { z } from 'zod';
import { AuthErrors } from '../refusals/auth.errors.js';
import type { ServiceTokenClient } from '../services/service-token-client.js';
import type { Revocations } from './revocations.js';
import { SecurityFeed } from './security-feed.js';

/** Auth answers at least every two seconds, so this much silence is a broken line. */
const staleAfterMs = 10_000;
/** Auth holds a question for two seconds; the rest is for the network. */
const answerWithinMs = 5_000;
/** After a failure, and after an answer with nothing new in it that came at once. */
const pauseMs = { afterFailure: 500, afterNothing: 200 };
/** How much longer than auth an event is kept here: clocks differ. */
const clockMarginMs = 60_000;

/** An event of a type that this version does not know is not a reason to miss the others. */
const untypedPage = securityEventsPage.extend({ events: z.array(z.unknown()) });
const untypedState = securityState.extend({ events: z.array(z.unknown()) });

/** What the feed is built from. */
export interface FeedParts {
  auth: ServiceClient;
  tokens: ServiceTokenClient;
  revocations: Revocations;
  readiness: ReadinessChecks;
  clock: Clock;
  logger: Logger;
}

/** Follows auth's security events: first everything that is in force, then one long-polled question after another. */
export class RemoteSecurityFeed extends SecurityFeed implements OnModuleInit, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private cursor: string | undefined;
  private keepForMs = 0;
  private heardAt = Number.NEGATIVE_INFINITY;
  private isFailing = false;
  private following: Promise<void> | undefined;

  constructor(private readonly parts: FeedParts) {
    super();
    // A compromised key may have signed our own tokens too.
    parts.revocations.onChange(({ type }) => void (type === 'key-revoked' && parts.tokens.forgetAll()));
  }

  /** The first question is waited for, so that a service whose auth is there lets people in as soon as it listens. */
  async onModuleInit(): Promise<void> {
    this.parts.readiness.register('security_state', () => this.cursor !== undefined);
    const pause = await this.round();
    this.following = this.follow(pause);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.following;
  }

  get isStale(): boolean {
    return this.parts.clock.now() - this.heardAt > staleAfterMs;
  }

  ready(): undefined {
    if (this.cursor === undefined) throw AuthErrors.rightsUnavailable('the security state is not loaded yet');
  }

  private async follow(pause: number): Promise<void> {
    for (let next = pause; !this.stopping.signal.aborted; next = await this.round()) await this.rest(next);
  }

  /** @returns how long to wait before the next one */
  private async round(): Promise<number> {
    try {
      const news = await (this.cursor === undefined ? this.load() : this.poll(this.cursor));
      this.heardAt = this.parts.clock.now();
      if (this.isFailing) this.parts.logger.info('the security events are read again');
      this.isFailing = false;
      this.parts.revocations.forgetBefore(this.heardAt - this.keepForMs - clockMarginMs);
      return news > 0 ? 0 : pauseMs.afterNothing;
    } catch (error) {
      this.sayOnce(error);
      return pauseMs.afterFailure;
    }
  }

  /** An outage is one line at its beginning and one at its end, however often it is met. */
  private sayOnce(error: unknown): void {
    if (this.isFailing || this.stopping.signal.aborted) return;
    this.isFailing = true;
    this.parts.logger.warn({ err: error }, 'the security events cannot be read');
  }

  private async load(): Promise<number> {
    const state = untypedState.parse(await this.ask('/internal/security-state'));
    this.keepForMs = state.keep_for_ms;
    this.parts.revocations.addRevokedKeys(state.revoked_kids);
    const news = this.parts.revocations.apply(this.known(state.events));
    this.cursor = state.cursor;
    return news;
  }

  private async poll(cursor: string): Promise<number> {
    const page = untypedPage.parse(await this.ask(`/internal/security-events?after=${encodeURIComponent(cursor)}`));
    const news = this.parts.revocations.apply(this.known(page.events));
    this.cursor = page.cursor;
    return news;
  }

  private async ask(path: string): Promise<unknown> {
    const { auth, tokens } = this.parts;
    const headers = await tokens.authorization('auth');
    const { status, body } = await auth.call(path, {
      headers,
      timeoutMs: answerWithinMs,
      signal: this.stopping.signal,
    });
    if (status === 401) tokens.forget('auth');
    if (status !== 200) throw auth.unavailable(`${path} answered ${status}`);
    return body;
  }

  private known(events: readonly unknown[]): SecurityEvent[] {
    return events.flatMap((event) => {
      const { data, success } = securityEvent.safeParse(event);
      if (!success) this.parts.logger.warn({ event }, 'a security event of an unknown type was left out');
      return success ? [data] : [];
    });
  }

  private rest(ms: number): Promise<void> {
    const { signal } = this.stopping;
    if (ms === 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, ms).unref();
      signal.addEventListener('abort', wake);
    });
  }
}
