import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { accountCollection, type AccountRecord } from './account.schema.js';
import { entryCollection, type EntryRecord } from './ledger-entry.schema.js';

/** An account as far as it matters whether it has to be looked at. */
export type AccountMark = Pick<AccountRecord, '_id' | 'seq' | 'status'>;

const markFields = { _id: 1, seq: 1, status: 1 } as const;

/** Finds the accounts for those who check and seal them, a page at a time. */
@Injectable()
export class BooksService {
  constructor(
    @InjectModel(accountCollection.name) private readonly accounts: Model<AccountRecord>,
    @InjectModel(entryCollection.name) private readonly entries: Model<EntryRecord>,
  ) {}

  /** All accounts in the order of their ids. */
  async *all(pageSize: number): AsyncGenerator<AccountMark[]> {
    for (let last = ''; ;) {
      const records = await this.accounts
        .find({ _id: { $gt: last } }, markFields)
        .sort({ _id: 1 })
        .limit(pageSize)
        .lean<AccountMark[]>();
      if (records.length > 0) yield records;
      if (records.length < pageSize) return;
      last = records.at(-1)!._id;
    }
  }

  /** The accounts that were written since then; one that moves meanwhile may come twice. */
  movedSince(since: Date, pageSize: number): AsyncGenerator<AccountMark[]> {
    return this.pages({ updated_at: { $gte: since } }, pageSize);
  }

  frozen(pageSize: number): AsyncGenerator<AccountMark[]> {
    return this.pages({ status: 'frozen' }, pageSize);
  }

  entriesAfter(accountId: string, seq: number, limit: number): Promise<EntryRecord[]> {
    return this.entries
      .find({ account_id: accountId, seq: { $gt: seq } })
      .sort({ seq: 1 })
      .limit(limit)
      .exec();
  }

  /** Takes an account that does not add up out of use; only a person may bring it back. */
  async freeze(accountId: string): Promise<void> {
    await this.accounts.updateOne({ _id: accountId, status: 'active' }, { $set: { status: 'frozen' } });
  }

  private async *pages(filter: Record<string, unknown>, pageSize: number): AsyncGenerator<AccountMark[]> {
    let page: AccountMark[] = [];
    for await (const record of this.accounts
      .find(filter, markFields)
      .lean<AccountMark[]>()
      .cursor({ batchSize: pageSize })) {
      page.push(record);
      if (page.length < pageSize) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }
}
