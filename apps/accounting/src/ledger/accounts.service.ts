import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, isDuplicateKey } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { accountCollection, type AccountRecord } from './account.schema.js';

/** An account, as far as it matters whether it has to be read again. */
export type AccountMark = Pick<AccountRecord, '_id' | 'seq' | 'status'>;

const markFields = { _id: 1, seq: 1, status: 1 } as const;

/** Which accounts there are, and whether they are in use. What they own is written by LedgerService alone. */
@Injectable()
export class AccountsService {
  constructor(
    @InjectModel(accountCollection.name) private readonly accounts: Model<AccountRecord>,
    private readonly clock: Clock,
  ) {}

  find(accountId: string, transaction?: ClientSession): Promise<AccountRecord | null> {
    return this.accounts.findOne({ _id: accountId }, null, transaction ? { session: transaction } : {}).exec();
  }

  /** Makes sure that an account exists. A new one is empty, so this moves no credits and can be repeated. */
  async open(accountId: string): Promise<void> {
    const now = this.clock.date();
    const empty = { balance_ucr: 0n, held_ucr: 0n, open_holds: 0, seq: 0, status: 'active' as const };
    await this.accounts
      .updateOne(
        { _id: accountId },
        { $setOnInsert: { ...empty, created_at: now, updated_at: now } },
        { upsert: true, timestamps: false },
      )
      .catch((error: unknown) => {
        // Another request opened it at the same moment.
        if (!isDuplicateKey(error)) throw error;
      });
  }

  /** Puts an account that does not add up out of use; only a person may bring it back. */
  async freeze(accountId: string): Promise<void> {
    const status = { $in: ['active' as const, 'closed' as const] };
    await this.accounts.updateOne({ _id: accountId, status }, { $set: { status: 'frozen' } });
  }

  /** Its owner is gone: nothing begins on it any more, what has begun ends, and its entries stay. A frozen one stays frozen. */
  async close(accountId: string): Promise<void> {
    await this.accounts.updateOne({ _id: accountId, status: 'active' }, { $set: { status: 'closed' } });
  }

  /**
   * Closes an account on which nothing is and nothing happens; one that was never used is made and closed, so that nothing can come.
   * @returns false, having changed nothing, when there is something on it
   */
  async closeEmpty(accountId: string): Promise<boolean> {
    await this.open(accountId);
    const empty = {
      balance_ucr: 0n,
      held_ucr: 0n,
      open_holds: 0,
      status: { $in: ['active' as const, 'closed' as const] },
    };
    const { matchedCount } = await this.accounts.updateOne(
      { _id: accountId, ...empty },
      { $set: { status: 'closed' } },
    );
    return matchedCount === 1;
  }

  /** All accounts in the order of their ids, a page at a time. */
  async *all(pageSize: number): AsyncGenerator<AccountMark[]> {
    for (let last = ''; ;) {
      const page = await this.accounts
        .find({ _id: { $gt: last } }, markFields)
        .sort({ _id: 1 })
        .limit(pageSize)
        .lean<AccountMark[]>();
      if (page.length > 0) yield page;
      if (page.length < pageSize) return;
      last = page.at(-1)!._id;
    }
  }

  /** The accounts that were written since then. One that is written in the meantime may come twice. */
  movedSince(since: Date, pageSize: number): AsyncGenerator<AccountMark[]> {
    return this.pages({ updated_at: { $gte: since } }, pageSize);
  }

  frozen(pageSize: number): AsyncGenerator<AccountMark[]> {
    return this.pages({ status: 'frozen' }, pageSize);
  }

  private async *pages(filter: Record<string, unknown>, pageSize: number): AsyncGenerator<AccountMark[]> {
    let page: AccountMark[] = [];
    const cursor = this.accounts.find(filter, markFields).lean<AccountMark[]>().cursor({ batchSize: pageSize });
    for await (const account of cursor) {
      page.push(account);
      if (page.length < pageSize) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }
}
