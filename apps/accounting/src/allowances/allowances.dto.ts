import { amountUcr, isoTime } from '@parley/contracts';
import { z } from 'zod';
import { toUcr } from '../ledger/amount.js';
import type { EntryRecord } from '../ledger/ledger-entry.schema.js';

export const allowance = z
  .object({ entry_id: z.string(), account_id: z.string(), amount_ucr: amountUcr, at: isoTime })
  .meta({ id: 'Allowance' });
export type Allowance = z.infer<typeof allowance>;

export const toAllowanceDto = (entry: EntryRecord): Allowance => ({
  entry_id: entry._id,
  account_id: entry.account_id,
  amount_ucr: toUcr(entry.delta_ucr),
  at: entry.at.toISOString(),
});
