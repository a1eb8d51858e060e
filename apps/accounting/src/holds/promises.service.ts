import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model } from 'mongoose';
import type { AccountRecord } from '../ledger/account.schema.js';
import { type Attempt, LedgerTransactions } from '../transactions/ledger-transactions.js';
import { holdCollection, type HoldRecord } from './hold.schema.js';
import { OpenPromises, type PromisedHold } from './open-promises.js';

/** A lean document, whose longs are plain numbers: exact, because no amount is beyond what JSON carries. */
type Lean = Omit<PromisedHold, 'amount_ucr' | 'promised_ucr'> & { amount_ucr: number; promised_ucr: number };

/**
 * Keeps running answers from being promised the same credits. Whatever changes a promise also writes the account, so of two
 * transactions that have both read what is free one is decided again.
 */
@Injectable()
export class PromisesService {
  private readonly known = new WeakMap<Attempt, OpenPromises>();

  constructor(
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRecord>,
    private readonly transactions: LedgerTransactions,
  ) {}

  /** The promises on the account of a transaction. However many holds it decides, they are read once. */
  async on(account: Pick<AccountRecord, '_id' | 'open_holds'>, transaction: ClientSession): Promise<OpenPromises> {
    const attempt = this.transactions.attempt(transaction);
    const known = this.known.get(attempt) ?? new OpenPromises();
    if (this.known.has(attempt)) return known;
    if (account.open_holds > 0) for (const hold of await this.read(account._id, transaction)) known.note(hold);
    this.known.set(attempt, known);
    return known;
  }

  /** Has to be told of every hold that a transaction has written, as it is then. */
  note(hold: PromisedHold, transaction: ClientSession): void {
    this.known.get(this.transactions.attempt(transaction))?.note(hold);
  }

  private async read(accountId: string, transaction: ClientSession): Promise<PromisedHold[]> {
    const isBeyond = { $expr: { $gt: ['$promised_ucr', '$amount_ucr'] } };
    const fields = { state: 1, amount_ucr: 1, promised_ucr: 1, caps: 1 };
    const records = await this.holds
      .find({ account_id: accountId, state: 'held', ...isBeyond }, fields, { session: transaction })
      .lean<Lean[]>();
    return records.map((record) => ({
      ...record,
      amount_ucr: BigInt(record.amount_ucr),
      promised_ucr: BigInt(record.promised_ucr),
    }));
  }
}
