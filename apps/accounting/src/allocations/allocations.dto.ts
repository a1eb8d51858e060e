import { amountUcr, isoTime } from '@parley/contracts';
import { z } from 'zod';
import { hasOneOwner, oneOwnerNeeded, owner, standing, toStanding } from '../accounts/accounts.dto.js';
import { amountInput, toUcr } from '../ledger/amount.js';
import type { EntryRecord } from '../ledger/ledger-entry.schema.js';
import { reasonInput } from '../bookings/reason.js';

export const createAllocation = z
  .strictObject({
    ...owner,
    amount_ucr: amountInput(1),
    reason: reasonInput,
    /** An opening balance is what an account had before this ledger; it can only be its first entry. */
    type: z.enum(['allocation', 'opening_balance']).optional(),
    expires_at: isoTime.optional().meta({ description: 'What is not spent until then is taken back' }),
  })
  .refine(hasOneOwner, oneOwnerNeeded)
  .meta({
    id: 'CreateAllocation',
    examples: [{ user_id: 'usr_1f0c9d2e7b6a4853a1d2c3b4e5f60718', amount_ucr: 5_000_000, reason: 'Invoice 2026-014' }],
  });
export type CreateAllocation = z.infer<typeof createAllocation>;

export const allocation = z
  .object({
    entry_id: z.string(),
    account_id: z.string(),
    amount_ucr: amountUcr,
    ...standing,
    reason: z.string(),
    expires_at: isoTime.optional(),
    at: isoTime,
  })
  .meta({ id: 'Allocation' });
export type Allocation = z.infer<typeof allocation>;

/** The answer is read off the entry alone, so a repeated request gets the first answer again, whatever happened since. */
export const toAllocationDto = (entry: EntryRecord): Allocation => ({
  entry_id: entry._id,
  account_id: entry.account_id,
  amount_ucr: toUcr(entry.delta_ucr),
  ...toStanding({ balance: entry.balance_after_ucr, held: entry.held_after_ucr }),
  reason: entry.reason ?? '',
  ...(entry.expires_at ? { expires_at: entry.expires_at.toISOString() } : {}),
  at: entry.at.toISOString(),
});
