import { type AccountRecord, stateOf } from './account.schema.js';
import type { EntryRecord } from './ledger-entry.schema.js';
import type { Posting } from './posting.js';
import { whyRefused } from './refusal.js';

/** Aborts a transaction in which the account could not bear a posting. The caller finds out why. */
export class PostingRefused extends Error {}

/** Postings of one transaction to one account, decided in order on what was read of it. */
export class PostingBatch {
  readonly entries: EntryRecord[] = [];
  readonly account: AccountRecord;

  constructor(
    readonly before: AccountRecord,
    readonly at: Date,
  ) {
    const { _id, balance_ucr, held_ucr, open_holds, seq, status, created_at, updated_at } = before;
    this.account = { _id, balance_ucr, held_ucr, open_holds, seq, status, created_at, updated_at };
  }

  /** @throws PostingRefused */
  add(posting: Posting): EntryRecord {
    const { account } = this;
    if (posting.accountId !== account._id || whyRefused(stateOf(account), posting))
      throw new PostingRefused(`${posting.entryId} on ${posting.accountId}`);
    account.balance_ucr += posting.delta;
    account.held_ucr += posting.heldDelta;
    account.open_holds += posting.openHoldsDelta;
    account.seq += 1;
    const entry = toEntry(posting, account, this.at);
    this.entries.push(entry);
    return entry;
  }
}

export const toEntry = (
  { entryId, type, delta, heldDelta, facts }: Posting,
  account: Pick<AccountRecord, '_id' | 'seq' | 'balance_ucr' | 'held_ucr'>,
  at: Date,
): EntryRecord => ({
  _id: entryId,
  account_id: account._id,
  seq: account.seq,
  type,
  delta_ucr: delta,
  held_delta_ucr: heldDelta,
  balance_after_ucr: account.balance_ucr,
  held_after_ucr: account.held_ucr,
  ...(facts.counterparty === undefined ? {} : { counterparty: facts.counterparty }),
  ...(facts.holdId === undefined ? {} : { hold_id: facts.holdId }),
  ...(facts.priceId === undefined ? {} : { price_id: facts.priceId }),
  ...(facts.usage === undefined ? {} : { usage: facts.usage }),
  ...(facts.outcome === undefined ? {} : { outcome: facts.outcome }),
  actor: facts.actor,
  ...(facts.reason === undefined ? {} : { reason: facts.reason }),
  ...(facts.requestHash === undefined ? {} : { request_hash: facts.requestHash }),
  ...(facts.refundOf === undefined ? {} : { refund_of: facts.refundOf }),
  ...(facts.expiresAt === undefined ? {} : { expires_at: facts.expiresAt }),
  ...(facts.expiryOf === undefined ? {} : { expiry_of: facts.expiryOf }),
  ...(facts.ruleId === undefined ? {} : { rule_id: facts.ruleId }),
  ...(facts.correction === undefined ? {} : { correction: facts.correction }),
  ...(facts.writtenOff ? { written_off_ucr: facts.writtenOff } : {}),
  at,
});
