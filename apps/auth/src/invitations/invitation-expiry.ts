import { InvitationErrors } from './invitations.errors.js';

const hourMs = 3_600_000;
const usualMs = 48 * hourMs;
const shortestMs = hourMs;
const longestMs = 7 * 24 * hourMs;
/** Whoever asks for exactly seven days, or for one hour, has a clock of their own. */
const toleranceMs = 60_000;

/**
 * @param expiryTime ISO 8601; unset: in 48 hours
 * @throws DomainError `expiry_time_invalid` when it is not between one hour and seven days from now
 */
export function expiryFrom(now: number, expiryTime: string | undefined): Date {
  if (expiryTime === undefined) return new Date(now + usualMs);
  const lifeMs = Date.parse(expiryTime) - now;
  if (lifeMs >= shortestMs - toleranceMs && lifeMs <= longestMs + toleranceMs) return new Date(now + lifeMs);
  throw InvitationErrors.expiryOutOfRange();
}
