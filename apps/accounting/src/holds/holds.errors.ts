import { DomainError } from '@parley/platform';
import { toUcr } from '../ledger/amount.js';
import { maxOpenHolds } from '../ledger/refusal.js';

export const HoldErrors = {
  notFound: () => new DomainError('notFound', 'hold_not_found', 'There is no such hold.'),
  insufficient: (requiredUcr: bigint, availableUcr: bigint) =>
    new DomainError('insufficientFunds', 'insufficient_credits', 'There are not enough credits for this.', {
      facts: { required_ucr: toUcr(requiredUcr), available_ucr: toUcr(availableUcr) },
    }),
  topUpDenied: (requiredUcr: bigint, availableUcr: bigint) =>
    new DomainError('insufficientFunds', 'top_up_denied', 'There are not enough credits to make this hold larger.', {
      facts: { required_ucr: toUcr(requiredUcr), available_ucr: toUcr(availableUcr) },
    }),
  capReached: (requiredUcr: bigint, availableUcr: bigint) =>
    new DomainError(
      'insufficientFunds',
      'member_cap_reached',
      'The organisation does not let this member use so much in this period.',
      { facts: { required_ucr: toUcr(requiredUcr), available_ucr: toUcr(availableUcr) } },
    ),
  keyCapReached: (requiredUcr: bigint, availableUcr: bigint) =>
    new DomainError('insufficientFunds', 'api_key_cap_reached', 'The API key may not spend so much any more.', {
      facts: { required_ucr: toUcr(requiredUcr), available_ucr: toUcr(availableUcr) },
    }),
  closed: () => new DomainError('conflict', 'hold_closed', 'This hold has ended.'),
  expired: () => new DomainError('gone', 'hold_expired', 'This hold has expired; settle it with what was used.'),
  tooManyOpen: () =>
    new DomainError('rateLimited', 'too_many_open_holds', `An account may have ${maxOpenHolds} holds open at once.`, {
      retryAfterSeconds: 1,
    }),
  idempotencyMismatch: () =>
    new DomainError('conflict', 'idempotency_mismatch', 'A hold with this id was made by another request.'),
  streamMismatch: () =>
    new DomainError('invalid', 'stream_session_mismatch', 'The streaming session id is not the one of this hold.'),
  settleMismatch: () =>
    new DomainError('conflict', 'settle_mismatch', 'This hold was settled with another usage or outcome.'),
  settled: () => new DomainError('conflict', 'hold_settled', 'This hold is already settled.'),
  released: () => new DomainError('conflict', 'hold_released', 'This hold is already released.'),
};
