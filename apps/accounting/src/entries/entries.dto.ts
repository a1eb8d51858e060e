import { amountUcr, isoTime, nonNegativeUcr, settleHold, usage } from '@parley/contracts';
import { pageQuery, withCode } from '@parley/platform';
import { z } from 'zod';
import { hasAtMostOneOwner, oneOwnerNeeded, orgIdInput, userIdInput } from '../accounts/accounts.dto.js';
import { toUcr } from '../ledger/amount.js';
import type { EntryRecord } from '../ledger/ledger-entry.schema.js';
import { type AccountFigures, type Correction, entryTypes } from '../ledger/posting.js';
import { toUsage } from '../ledger/usage.schema.js';
import { EntryErrors } from './entries.errors.js';

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
    expires_at: isoTime.optional(),
    expiry_of: z.string().optional().meta({ description: 'The entry whose expired credits it takes back' }),
    rule_id: z.string().optional().meta({ description: 'The rule by which it was given' }),
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
export const toEntryDto = (record: EntryRecord): Entry => ({
  entry_id: record._id,
  account_id: record.account_id,
  seq: record.seq,
  type: record.type,
  delta_ucr: toUcr(record.delta_ucr),
  held_delta_ucr: toUcr(record.held_delta_ucr),
  balance_after_ucr: toUcr(record.balance_after_ucr),
  held_after_ucr: toUcr(record.held_after_ucr),
  ...(record.hold_id ? { hold_id: record.hold_id } : {}),
  ...(record.price_id ? { price_id: record.price_id } : {}),
  ...(record.usage ? { usage: toUsage(record.usage) } : {}),
  ...(record.outcome ? { outcome: record.outcome } : {}),
  ...(record.written_off_ucr ? { written_off_ucr: toUcr(record.written_off_ucr) } : {}),
  ...(record.refund_of ? { refund_of: record.refund_of } : {}),
  ...(record.expires_at ? { expires_at: record.expires_at.toISOString() } : {}),
  ...(record.expiry_of ? { expiry_of: record.expiry_of } : {}),
  ...(record.rule_id ? { rule_id: record.rule_id } : {}),
  ...(record.correction ? { correction: toCorrection(record.correction) } : {}),
  ...(record.reason ? { reason: record.reason } : {}),
  at: record.at.toISOString(),
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
  if (!Number.isSafeInteger(seq) || toCursor(seq) !== cursor) throw EntryErrors.cursorInvalid();
  return seq;
}
