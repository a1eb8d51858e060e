import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { durable } from '../transactions/ledger-transactions.js';
import { accountCollection, type AccountRecord } from './account.schema.js';
import { entryCollection, type EntryRecord } from './ledger-entry.schema.js';
import type { AccountFigures, Posting } from './posting.js';
import { guardOf } from './refusal.js';
import { PostingBatch, PostingRefused, toEntry } from './posting-batch.js';

/** The only writer of balances: an account moves together with the entry that says so, or not at all. */
@Injectable()
export class LedgerService {
  private readonly batches = new WeakMap<ClientSession, PostingBatch>();

  constructor(
    @InjectModel(accountCollection.name) private readonly accounts: Model<AccountRecord>,
    @InjectModel(entryCollection.name) private readonly entries: Model<EntryRecord>,
    private readonly clock: Clock,
  ) {}

  /**
   * Moves an account and writes its next entry. The account is the hot document, so call this last in the transaction.
   * @throws PostingRefused when there is no such account or it cannot bear the posting
   */
  async post(transaction: ClientSession, posting: Posting): Promise<EntryRecord> {
    const batch = this.batches.get(transaction);
    if (batch) return batch.add(posting);
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
      { session: transaction, returnDocument: 'after' },
    );
    if (!account) throw new PostingRefused(`${posting.entryId} on ${posting.accountId}`);
    const entry = toEntry(posting, account, at);
    await this.entries.insertMany([entry], { session: transaction });
    return entry;
  }

  /**
   * Runs `work`, whose postings to this one account are decided in memory and written at its end: one statement for the account
   * and one for the entries. The account's number proves that nobody else has moved it.
   * @throws PostingRefused when one of the postings cannot be borne
   */
  async postTogether<Result>(
    transaction: ClientSession,
    accountId: string,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const account = await this.accounts.findOne({ _id: accountId }, null, { session: transaction });
    // Without an account nothing can be posted; an operation that tries is refused.
    if (!account) return work();
    const batch = new PostingBatch(account, this.clock.date());
    this.batches.set(transaction, batch);
    try {
      const result = await work();
      await this.write(batch, transaction);
      return result;
    } finally {
      this.batches.delete(transaction);
    }
  }

  private async write({ account, before, entries, at }: PostingBatch, transaction: ClientSession): Promise<void> {
    if (entries.length === 0) return;
    const { balance_ucr, held_ucr, open_holds, seq } = account;
    const moved = await this.accounts.updateOne(
      { _id: account._id, seq: before.seq, status: before.status },
      { $set: { balance_ucr, held_ucr, open_holds, seq, updated_at: at } },
      { session: transaction },
    );
    if (moved.matchedCount === 0) throw new PostingRefused(`${account._id} has moved`);
    await this.entries.insertMany(entries, { session: transaction });
  }

  /**
   * Puts a frozen account back into use with the figures that its entries come to, and writes the entry that says so.
   * @param after the figures with that entry as the last one
   * @throws PostingRefused when the account has moved or is not frozen
   */
  async correct(
    transaction: ClientSession,
    before: AccountRecord,
    after: AccountFigures,
    posting: Posting,
  ): Promise<EntryRecord> {
    const at = this.clock.date();
    const { balance_ucr, held_ucr, open_holds, seq } = after;
    const moved = await this.accounts.updateOne(
      { _id: before._id, seq: before.seq, status: 'frozen' },
      { $set: { balance_ucr, held_ucr, open_holds, seq, status: 'active', updated_at: at } },
      { session: transaction },
    );
    if (moved.matchedCount === 0) throw new PostingRefused(`${posting.entryId} on ${before._id}`);
    const entry = toEntry(posting, { ...after, _id: before._id }, at);
    await this.entries.insertMany([entry], { session: transaction });
    return entry;
  }

  /** An account as it stands at this point of a transaction, with what was posted in it before. */
  async accountAt(transaction: ClientSession, accountId: string): Promise<AccountRecord | null> {
    return (
      this.batches.get(transaction)?.account ??
      this.accounts.findOne({ _id: accountId }, null, { session: transaction })
    );
  }

  /** An entry, also one that was posted earlier in the transaction and is not written yet. */
  async findEntry(entryId: string, transaction?: ClientSession): Promise<EntryRecord | null> {
    const posted = this.postedIn(transaction).find(({ _id }) => _id === entryId);
    return (
      posted ?? this.entries.findOne({ _id: entryId }, null, transaction ? { session: transaction } : durable).exec()
    );
  }

  /** Everything that was written about a hold, in order. */
  async entriesOfHold(holdId: string, transaction?: ClientSession): Promise<EntryRecord[]> {
    const written = await this.entries
      .find({ hold_id: holdId }, null, transaction ? { session: transaction } : {})
      .sort({ seq: 1 });
    return [...written, ...this.postedIn(transaction).filter(({ hold_id }) => hold_id === holdId)];
  }

  private postedIn(transaction: ClientSession | undefined): readonly EntryRecord[] {
    return (transaction && this.batches.get(transaction)?.entries) ?? [];
  }
}
