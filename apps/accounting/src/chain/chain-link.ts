import { createHash } from 'node:crypto';
import type { EntryRecord } from '../ledger/ledger-entry.schema.js';
import type { Correction } from '../ledger/posting.js';
import { requestHash } from '../ledger/request-hash.js';
import { toUsage } from '../ledger/usage.schema.js';

/** The form of the links. A chain of an earlier form proves nothing and is sealed anew. */
export const chainForm = 2;

/** The link of the first entry. */
export const chainStart = '0'.repeat(64);

/** A link that was also written down elsewhere, so that a later change of the entries before it shows. */
export interface Mark {
  /** The number of the entry that it is of. */
  seq: number;
  link: string;
}

/** One link of an account's chain. Changing an entry changes every link from there on. */
export function nextLink(before: string, entry: EntryRecord): string {
  const { _id, account_id, seq, type, delta_ucr, held_delta_ucr, balance_after_ucr, held_after_ucr, actor, at } = entry;
  const amounts = { delta_ucr, held_delta_ucr, balance_after_ucr, held_after_ucr };
  const about = {
    hold_id: entry.hold_id,
    price_id: entry.price_id,
    counterparty: entry.counterparty,
    reason: entry.reason,
    usage: entry.usage && toUsage(entry.usage),
    outcome: entry.outcome,
    request_hash: entry.request_hash,
    written_off_ucr: entry.written_off_ucr,
    refund_of: entry.refund_of,
    expires_at: entry.expires_at?.toISOString(),
    expiry_of: entry.expiry_of,
    rule_id: entry.rule_id,
    correction: entry.correction && plain(entry.correction),
  };
  const digest = requestHash({ _id, account_id, seq, type, ...amounts, ...about, actor, at: at.toISOString() });
  return createHash('sha256').update(`${before}\n${digest}`).digest('hex');
}

function plain({ before, after, caps }: Correction) {
  const figures = ({ balance_ucr, held_ucr, open_holds, seq }: Correction['before']) => ({
    ...{ balance_ucr, held_ucr, open_holds, seq },
  });
  const cap = (record: NonNullable<Correction['caps']>[number]) => [
    ...[record.cap_id, record.held_before_ucr, record.held_after_ucr, record.spent_before_ucr, record.spent_after_ucr],
  ];
  return { before: figures(before), after: figures(after), ...(caps?.length ? { caps: caps.map(cap) } : {}) };
}
