import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { ClientSession, Model, QueryFilter } from 'mongoose';
import { accountCollection, type AccountDocument, type AccountRow } from '../accounts/account.schema.js';
import { maxUcr } from './amount.js';
import { entryCollection, type EntryDocument, type EntryRow } from './ledger-entry.schema.js';
import { isOpening, maxOpenHolds, neededUcr, type Posting } from './posting.js';

/** Ends a transaction in which the account could not bear its posting. Whoever posted finds out why and answers. */
export class PostingRefused extends Error {}

/** The only writer of balances: an account moves together with the entry that says so, or not at all. */
@Injectable()
export class LedgerService {
  constructor(
    @InjectModel(accountCollection.name) private readonly accounts: Model<AccountRow>,
    @InjectModel(entryCollection.name) private readonly entries: Model<EntryRow>,
    private readonly clock: Clock,
  ) {}

  /**
   * Moves an account and writes its next entry. The account is the hot document, so call this last in the transaction.
   * @throws PostingRefused when there is no such account or it cannot bear the posting
   */
  async post(session: ClientSession, posting: Posting): Promise<EntryRow> {
    const at = this.clock.date();
    const account = await this.accounts.findOneAndUpdate(
      guardOf(posting),
      {
        $inc: {
          balance_ucr: posting.delta,
          held_ucr: posting.heldDelta,
          open_holds: posting.openHoldsDelta,
          seq: 1,
        },
        $set: { updated_at: at },
      },
      { session, returnDocument: 'after' },
    );
    if (!account) throw new PostingRefused(`${posting.entryId} on ${posting.accountId}`);
    const entry = toEntry(posting, account, at);
    await this.entries.insertMany([entry], { session });
    return entry;
  }

  findEntry(entryId: string, session?: ClientSession): Promise<EntryDocument | null> {
    return this.entries.findOne({ _id: entryId }, null, session ? { session } : {}).exec();
  }

  /** Everything that was written about a hold, in order. */
  entriesOfHold(holdId: string, session?: ClientSession): Promise<EntryDocument[]> {
    return this.entries
      .find({ hold_id: holdId }, null, session ? { session } : {})
      .sort({ seq: 1 })
      .exec();
  }

  /** An account's entries, newest first, from just below `beforeSeq` on. */
  entriesOf(accountId: string, beforeSeq: number, limit: number): Promise<EntryDocument[]> {
    return this.entries
      .find({ account_id: accountId, seq: { $lt: beforeSeq } })
      .sort({ seq: -1 })
      .limit(limit)
      .exec();
  }
}

/** `whyRefused` as a filter: the check and the movement are one statement, so no other one can come between them. */
function guardOf(posting: Posting): QueryFilter<AccountRow> {
  const { accountId, delta, heldDelta, openHoldsDelta } = posting;
  const needed = neededUcr(posting);
  return {
    _id: accountId,
    ...(isOpening(posting) ? { status: 'active' } : {}),
    ...(posting.type === 'opening_balance' ? { seq: 0 } : {}),
    ...(openHoldsDelta > 0 ? { open_holds: { $lt: maxOpenHolds } } : {}),
    ...(delta > 0n ? { balance_ucr: { $lte: maxUcr - delta } } : {}),
    ...(heldDelta < 0n ? { held_ucr: { $gte: -heldDelta } } : {}),
    ...(needed > 0n ? { $expr: { $gte: [{ $subtract: ['$balance_ucr', '$held_ucr'] }, needed] } } : {}),
  };
}

const toEntry = (
  { entryId, type, delta, heldDelta, facts }: Posting,
  account: AccountDocument,
  at: Date,
): EntryRow => ({
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
  ...(facts.writtenOff ? { written_off_ucr: facts.writtenOff } : {}),
  at,
});
