import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import type { AccountRecord } from '../ledger/account.schema.js';
import { type CreditLot, followLots, takeable } from '../ledger/credit-lots.js';
import { entryCollection, type EntryRecord } from '../ledger/ledger-entry.schema.js';
import { LedgerService } from '../ledger/ledger.service.js';
import { expiryPosting } from '../ledger/posting.js';
import { LedgerTransactions } from '../transactions/ledger-transactions.js';
import { expiringCreditsCollection, type ExpiringCreditsRecord } from './expiring-credits.schema.js';

/** How many entries one transaction follows. */
const entriesAtOnce = 1_000;
/** When to look again after something could not be taken: it was held, or the account was out of use. */
const laterMs = 60_000;

/** Takes back what has expired and nobody has spent. */
@Injectable()
export class ExpiringCreditsService {
  constructor(
    @InjectModel(expiringCreditsCollection.name) private readonly expiring: Model<ExpiringCreditsRecord>,
    @InjectModel(entryCollection.name) private readonly entries: Model<EntryRecord>,
    private readonly ledger: LedgerService,
    private readonly transactions: LedgerTransactions,
    private readonly clock: Clock,
  ) {}

  /** Part of the transaction that gives credits with an end. */
  async note({ account_id, seq, expires_at }: EntryRecord, transaction: ClientSession): Promise<void> {
    if (!expires_at) return;
    // Before the first of them there was nothing to follow.
    const fresh = { seq: seq - 1, lots: [] };
    await this.expiring.updateOne(
      { _id: account_id },
      { $min: { due_at: expires_at }, $setOnInsert: fresh },
      { session: transaction, upsert: true },
    );
  }

  /** The accounts at which something may have expired, those that have waited longest first. */
  async due(limit: number): Promise<string[]> {
    const records = await this.expiring
      .find({ due_at: { $lte: this.clock.date() } }, { _id: 1 })
      .sort({ due_at: 1 })
      .limit(limit);
    return records.map(({ _id }) => _id);
  }

  /**
   * Takes back what has expired on an account by now. It is worked out anew each time from the entries, so whoever comes second
   * finds nothing left.
   * @returns whether there is more to follow than one transaction does
   * @throws DomainError `ledger_busy`; and PostingRefused when the account has moved
   */
  takeBack(accountId: string): Promise<boolean> {
    return this.transactions.run(async (transaction) => {
      const now = this.clock.date();
      const known = await this.expiring.findOne({ _id: accountId }, null, { session: transaction });
      if (!known?.due_at || known.due_at > now) return false;
      const next = await this.read(known, transaction);
      const lots = next.reduce(followLots, known.lots.map(plain));
      const seq = next.at(-1)?.seq ?? known.seq;
      if (next.length === entriesAtOnce) {
        await this.expiring.updateOne({ _id: accountId }, { $set: { seq, lots } }, { session: transaction });
        return true;
      }
      const account = await this.ledger.accountAt(transaction, accountId);
      await this.take({ accountId, account, seq, lots, now }, transaction);
      return false;
    });
  }

  private read({ _id, seq }: ExpiringCreditsRecord, transaction: ClientSession): Promise<EntryRecord[]> {
    return this.entries
      .find({ account_id: _id, seq: { $gt: seq } }, null, { session: transaction })
      .sort({ seq: 1 })
      .limit(entriesAtOnce)
      .exec();
  }

  private async take(
    at: { accountId: string; account: AccountRecord | null; seq: number; lots: readonly CreditLot[]; now: Date },
    transaction: ClientSession,
  ): Promise<void> {
    const { accountId, account, now } = at;
    const parts = account?.status === 'active' ? takeable(at.lots, account.held_ucr, now) : [];
    const postings = parts.map(({ lot, amount }) =>
      expiryPosting(accountId, { entryId: lot.entry_id, part: lot.taken + 1, amount }),
    );
    const entries: EntryRecord[] = [];
    for (const posting of postings) entries.push(await this.ledger.post(transaction, posting));
    const lots = entries.reduce(followLots, at.lots);
    const due_at = dueAt(lots, now);
    const change = { seq: at.seq + entries.length, lots: [...lots] };
    await this.expiring.updateOne(
      { _id: accountId },
      due_at ? { $set: { ...change, due_at } } : { $set: change, $unset: { due_at: 1 } },
      { session: transaction },
    );
  }
}

function dueAt(lots: readonly CreditLot[], now: Date): Date | undefined {
  const first = lots[0]?.expires_at;
  return first && first <= now ? new Date(now.getTime() + laterMs) : first;
}

/** Without what mongoose adds to what it has read. */
const plain = ({ entry_id, expires_at, left_ucr, taken }: CreditLot): CreditLot => ({
  ...{ entry_id, expires_at, left_ucr, taken },
});
