import { DomainError } from '@parley/platform';
import { toUcr } from '../ledger/amount.js';

export const CorrectionErrors = {
  wouldBreakHolds: () =>
    new DomainError(
      'unprocessable',
      'would_break_holds',
      'The account has less than that available beside what its holds have set aside.',
    ),
  exceedsCharge: (refundableUcr: bigint) =>
    new DomainError('unprocessable', 'refund_exceeds_charge', 'A refund gives back at most what was charged.', {
      facts: { refundable_ucr: toUcr(refundableUcr) },
    }),
};
