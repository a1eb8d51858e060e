import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, isDuplicateKey } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { accountCollection, type AccountRecord } from './account.schema.js';

@Injectable()
export class AccountsService {
  constructor(
    @InjectModel(accountCollection.name) private readonly accounts: Model<AccountRecord>,
    private readonly clock: Clock,
  ) {}

  find(accountId: string, transaction?: ClientSession): Promise<AccountRecord | null> {
    return this.accounts.findOne({ _id: accountId }, null, transaction ? { session: transaction } : {}).exec();
  }

  /** Makes sure that an account exists. A new one has nothing, so this moves no credits and may be repeated by anybody. */
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
        // Somebody else opened it in the same moment.
        if (!isDuplicateKey(error)) throw error;
      });
  }
}
