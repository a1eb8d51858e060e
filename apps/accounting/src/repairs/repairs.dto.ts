import { isoTime } from '@parley/contracts';
import { z } from 'zod';
import { reasonInput } from '../bookings/reason.js';
import { accountFigures, toCorrection } from '../entries/entries.dto.js';
import type { EntryRecord } from '../ledger/ledger-entry.schema.js';
import { TransactionErrors } from '../transactions/transactions.errors.js';

export const createRepair = z
  .strictObject({ reason: reasonInput })
  .meta({ id: 'CreateRepair', examples: [{ reason: 'Balance edited by hand, see ticket 1182' }] });
export type CreateRepair = z.infer<typeof createRepair>;

export const repair = z
  .object({
    entry_id: z.string(),
    account_id: z.string(),
    seq: z.int(),
    /** What the account said, and what it says now, with the entry about that as its last. */
    before: accountFigures,
    after: accountFigures,
    reason: z.string(),
    at: isoTime,
  })
  .meta({ id: 'Repair' });
export type Repair = z.infer<typeof repair>;

/** Read off the entry alone, so a repeated request gets the first answer again, whatever happened since. */
export function toRepairDto(entry: EntryRecord): Repair {
  if (!entry.correction) throw TransactionErrors.invariant(`${entry._id} does not say what it corrects`);
  return {
    entry_id: entry._id,
    account_id: entry.account_id,
    seq: entry.seq,
    ...toCorrection(entry.correction),
    reason: entry.reason ?? '',
    at: entry.at.toISOString(),
  };
}
