import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { accountCollection, type AccountRow } from '../accounts/account.schema.js';
import { holdCollection, type HoldRow } from '../holds/hold.schema.js';
import { entryCollection, type EntryRow } from '../ledger/ledger-entry.schema.js';
import { LedgerTransactions } from '../ledger/ledger-transactions.js';
import type { AccountBooks } from './account-books.js';

/** Reads the books for those who check them. */
@Injectable()
export class Books {
  constructor(
    @InjectModel(accountCollection.name) private readonly accounts: Model<AccountRow>,
    @InjectModel(entryCollection.name) private readonly entries: Model<EntryRow>,
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRow>,
    private readonly transactions: LedgerTransactions,
  ) {}

  /** The ids of the accounts after `afterId`, in their order. */
  async accountIds(afterId: string, limit: number): Promise<string[]> {
    const rows = await this.accounts
      .find({ _id: { $gt: afterId } }, { _id: 1 })
      .sort({ _id: 1 })
      .limit(limit);
    return rows.map(({ _id }) => _id);
  }

  /** Everything about one account at one snapshot, so that what is being written meanwhile never looks like a fault. */
  read(accountId: string): Promise<AccountBooks | undefined> {
    return this.transactions.run(async (session) => {
      const account = await this.accounts.findOne({ _id: accountId }, null, { session });
      if (!account) return undefined;
      const entries = await this.entries.find({ account_id: accountId }, null, { session }).sort({ seq: 1 });
      return { account, entries, holds: await this.holds.find({ account_id: accountId }, null, { session }) };
    });
  }

  entriesAfter(accountId: string, seq: number, limit: number): Promise<EntryRow[]> {
    return this.entries
      .find({ account_id: accountId, seq: { $gt: seq } })
      .sort({ seq: 1 })
      .limit(limit)
      .exec();
  }

  /** Takes an account that does not add up out of use; only a person may bring it back. */
  async freeze(accountId: string): Promise<void> {
    await this.accounts.updateOne({ _id: accountId }, { $set: { status: 'frozen' } });
  }
}
