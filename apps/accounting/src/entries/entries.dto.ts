import { amountUcr, isoTime, nonNegativeUcr, settleHold, type Usage, usage } from '@parley/contracts';
import { pageQuery, withCode } from '@parley/platform';
import { z } from 'zod';
import { hasAtMostOneOwner, oneOwnerNeeded, orgIdInput, userIdInput } from '../accounts/accounts.dto.js';
import { toUcr } from '../ledger/amount.js';
import type { EntryRow } from '../ledger/ledger-entry.schema.js';
import { LedgerErrors } from '../ledger/ledger.errors.js';
import { type AccountFigures, type Correction, entryTypes } from '../ledger/posting.js';

export const entriesQuery = z
  .strictObject({
    user_id: userIdInput.optional().meta({ description: 'Whose entries; your own when left out' }),
    org_id: orgIdInput.optional().meta({ description: "An organisation's pool instead of a user's account" }),
    format: z.enum(['json', 'csv']).optional().meta({ description: 'csv for a spreadsheet, as does Accept: text/csv' }),
    limit: pageQuery.limit,
    cursor: z
      .string({ error: withCode('cursor_invalid', 'Send one cursor.') })
      .optional()
      .meta({ description: 'The next_cursor of the page before' }),
  })
  .refine(hasAtMostOneOwner, oneOwnerNeeded);
export type EntriesQuery = z.infer<typeof entriesQuery>;

/** What an account said of itself. */
export const accountFigures = z.object({
  balance_ucr: nonNegativeUcr,
  held_ucr: nonNegativeUcr,
  open_holds: z.int().min(0),
  seq: z.int().min(0),
});

export const entry = z
  .object({
    entry_id: z.string(),
    account_id: z.string(),
    seq: z.int().min(1),
    type: z.enum(entryTypes),
    delta_ucr: amountUcr,
    held_delta_ucr: amountUcr,
    balance_after_ucr: nonNegativeUcr,
    held_after_ucr: nonNegativeUcr,
    hold_id: z.string().optional(),
    price_id: z.string().optional(),
    usage: usage.optional(),
    outcome: settleHold.shape.outcome.optional(),
    written_off_ucr: nonNegativeUcr.optional(),
    refund_of: z.string().optional(),
    correction: z.object({ before: accountFigures, after: accountFigures }).optional(),
    reason: z.string().optional(),
    at: isoTime,
  })
  .meta({ id: 'Entry' });
export type Entry = z.infer<typeof entry>;

export const entryList = z
  .object({ data: z.array(entry), next_cursor: z.string().nullable() })
  .meta({ id: 'EntryList' });
export type EntryList = z.infer<typeof entryList>;

/** Who acted and the request's digest stay inside: the first names an administrator, the second means nothing outside. */
export const toEntryDto = (row: EntryRow): Entry => ({
  entry_id: row._id,
  account_id: row.account_id,
  seq: row.seq,
  type: row.type,
  delta_ucr: toUcr(row.delta_ucr),
  held_delta_ucr: toUcr(row.held_delta_ucr),
  balance_after_ucr: toUcr(row.balance_after_ucr),
  held_after_ucr: toUcr(row.held_after_ucr),
  ...(row.hold_id ? { hold_id: row.hold_id } : {}),
  ...(row.price_id ? { price_id: row.price_id } : {}),
  ...(row.usage ? { usage: toUsage(row.usage) } : {}),
  ...(row.outcome ? { outcome: row.outcome } : {}),
  ...(row.written_off_ucr ? { written_off_ucr: toUcr(row.written_off_ucr) } : {}),
  ...(row.refund_of ? { refund_of: row.refund_of } : {}),
  ...(row.correction ? { correction: toCorrection(row.correction) } : {}),
  ...(row.reason ? { reason: row.reason } : {}),
  at: row.at.toISOString(),
});

export const toUsage = (row: NonNullable<EntryRow['usage']>): Usage => ({
  input_tokens: row.input_tokens,
  output_tokens: row.output_tokens,
  ...(row.cache_read_tokens === undefined ? {} : { cache_read_tokens: row.cache_read_tokens }),
  ...(row.cache_write_tokens === undefined ? {} : { cache_write_tokens: row.cache_write_tokens }),
  source: row.source,
});

export const toCorrection = ({ before, after }: Correction) => ({ before: toFigures(before), after: toFigures(after) });

const toFigures = ({ balance_ucr, held_ucr, open_holds, seq }: AccountFigures) => ({
  balance_ucr: toUcr(balance_ucr),
  held_ucr: toUcr(held_ucr),
  open_holds,
  seq,
});

const cursorForm = /^seq:([1-9]\d{0,15})$/;

/** A place in an account's entries: everything with a lower number comes after it. */
export const toCursor = (seq: number): string => Buffer.from(`seq:${seq}`).toString('base64url');

/** @throws DomainError `cursor_invalid` */
export function readCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  const seq = Number(cursorForm.exec(Buffer.from(cursor, 'base64url').toString('latin1'))?.[1]);
  if (!Number.isSafeInteger(seq) || toCursor(seq) !== cursor) throw LedgerErrors.cursorInvalid();
  return seq;
}
