import type { LoginSession } from './login-session.schema.js';
import type { RefreshLife } from './refresh-life.js';

/** Tabs of one browser, and a request that is repeated at once: they get the successor that the first one made. */
const repeatMs = 10_000;
/** A client whose answer was lost tries again within this time. */
const retryMs = 30_000;
export const maxRetries = 3;
/** How far apart the clocks of two instances may be. */
const toleranceMs = 5_000;

/**
 * What a genuine refresh token of a session is: `current`; the one before, whose answer is to be given once more (`repeated` while
 * that is natural, `retried` while it is plausible); or one that somebody else has used since (RFC 9700, 4.14.2).
 */
export type Judgement = 'current' | 'repeated' | 'retried' | 'reused' | 'unknown';

type Renewed = Pick<LoginSession, 'refresh_counter' | 'refreshed_at' | 'refresh_retries' | 'seen_counter'>;

export function judge(session: Renewed, counter: number, isSameDevice: boolean, nowMs: number): Judgement {
  const behind = session.refresh_counter - counter;
  if (behind === 0) return 'current';
  // No session is behind its own tokens, unless an older database was put back.
  if (behind < 0) return 'unknown';
  const age = nowMs - session.refreshed_at.getTime();
  // When the clock was moved back, nothing is recent.
  if (behind > 1 || age < -toleranceMs) return 'reused';
  if (age <= repeatMs) return 'repeated';
  const isUnseen = session.seen_counter < session.refresh_counter;
  const mayRetry = isUnseen && isSameDevice && session.refresh_retries < maxRetries;
  return age <= retryMs && mayRetry ? 'retried' : 'reused';
}

/** When it is over unless it is renewed, in milliseconds since the epoch. */
export function endsAt({ created_at, refreshed_at }: LoginSession, { idleSeconds, absoluteSeconds }: RefreshLife) {
  return Math.min(refreshed_at.getTime() + idleSeconds * 1_000, lastsUntil({ created_at }, { absoluteSeconds }));
}

/** When it is over at the latest, in milliseconds since the epoch. */
export const lastsUntil = (
  { created_at }: Pick<LoginSession, 'created_at'>,
  { absoluteSeconds }: Pick<RefreshLife, 'absoluteSeconds'>,
): number => created_at.getTime() + absoluteSeconds * 1_000;
