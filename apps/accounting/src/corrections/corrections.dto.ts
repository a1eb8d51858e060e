import { amountUcr, isoTime } from '@parley/contracts';
import { withCode } from '@parley/platform';
import { z } from 'zod';
import { hasOneOwner, oneOwnerNeeded, owner, standing, toStanding } from '../accounts/accounts.dto.js';
import { amountInput, toUcr } from '../ledger/amount.js';
import type { EntryRecord } from '../ledger/ledger-entry.schema.js';
import { reasonInput } from '../bookings/reason.js';

const wholeNumber = { error: withCode('amount_invalid', 'A correction is a whole number of micro-credits, not zero.') };

export const createAdjustment = z
  .strictObject({
    ...owner,
    delta_ucr: z
      .int(wholeNumber)
      .refine((delta) => delta !== 0, wholeNumber)
      .meta({ description: 'Micro-credits to add, or to take when negative' }),
    reason: reasonInput,
  })
  .refine(hasOneOwner, oneOwnerNeeded)
  .meta({
    id: 'CreateAdjustment',
    examples: [{ user_id: 'usr_1f0c9d2e7b6a4853a1d2c3b4e5f60718', delta_ucr: -250_000, reason: 'Booked twice' }],
  });
export type CreateAdjustment = z.infer<typeof createAdjustment>;

export const createRefund = z
  .strictObject({
    entry_id: z.string().min(1).max(200).optional(),
    hold_id: z.string().min(1).max(200).optional(),
    amount_ucr: amountInput(1).optional(),
    reason: reasonInput,
  })
  .refine(
    ({ entry_id, hold_id }) => (entry_id === undefined) !== (hold_id === undefined),
    'names one of entry_id and hold_id',
  )
  .meta({
    id: 'CreateRefund',
    examples: [
      {
        hold_id: 'stream-1768478400000-9b2f6c1e-4d3a-4f5b-8c7d-0e1f2a3b4c5d',
        amount_ucr: 1_000,
        reason: 'The answer was cut off',
      },
    ],
  });
export type CreateRefund = z.infer<typeof createRefund>;

export const correction = z
  .object({
    entry_id: z.string(),
    account_id: z.string(),
    delta_ucr: amountUcr,
    hold_id: z.string().optional(),
    ...standing,
    reason: z.string(),
    at: isoTime,
  })
  .meta({ id: 'Correction' });
export type Correction = z.infer<typeof correction>;

/** Read off the entry alone, so a repeated request gets the first answer again, whatever happened since. */
export const toCorrectionDto = (entry: EntryRecord): Correction => ({
  entry_id: entry._id,
  account_id: entry.account_id,
  delta_ucr: toUcr(entry.delta_ucr),
  ...(entry.hold_id ? { hold_id: entry.hold_id } : {}),
  ...toStanding({ balance: entry.balance_after_ucr, held: entry.held_after_ucr }),
  reason: entry.reason ?? '',
  at: entry.at.toISOString(),
});
