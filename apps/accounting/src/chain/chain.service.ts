import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, isDuplicateKey } from '@parley/platform';
import type { Model } from 'mongoose';
import { AccountErrors } from '../accounts/accounts.errors.js';
import { AccountAuditService } from '../audit/account-audit.service.js';
import { BooksService } from '../ledger/books.service.js';
import { chainForm, chainStart, nextLink } from './chain-link.js';
import { type Drift, toDrift } from '../audit/drift.js';
import type { Mark } from '../audit/entry-drift.js';
import { HoldsAuditService } from '../audit/holds-audit.service.js';
import { LedgerTransactions } from '../transactions/ledger-transactions.js';
import { chainHeadCollection, type ChainHeadRecord } from '../reconciliation/reconciliation.schema.js';

const pageSize = 500;
/** What was written so long before the last round is looked for once more: clocks differ, and a commit takes its time. */
const overlapMs = 15 * 60_000;

export interface Verification {
  accountId: string;
  entries: number;
  sealedSeq: number;
  headHash: string;
  /** Whether the entries still give the hash that was sealed. */
  chainHolds: boolean;
  drift: Drift[];
}

/** Chains the entries of each account behind its writers, so that changing an old one can be seen. */
@Injectable()
export class ChainService {
  /** When this instance last went through the accounts; before that it looks at all of them. */
  private sealedAt: number | undefined;

  constructor(
    @InjectModel(chainHeadCollection.name) private readonly heads: Model<ChainHeadRecord>,
    private readonly books: BooksService,
    private readonly audit: AccountAuditService,
    private readonly holds: HoldsAuditService,
    private readonly transactions: LedgerTransactions,
    private readonly clock: Clock,
  ) {}

  /** Seals what was written since the last time. Several instances may do so at once. */
  async sealAll(): Promise<void> {
    const startedAt = this.clock.now();
    const pages =
      this.sealedAt === undefined
        ? this.books.all(pageSize)
        : this.books.movedSince(new Date(this.sealedAt - overlapMs), pageSize);
    for await (const page of pages) {
      const heads = await this.headsOf(page.map(({ _id }) => _id));
      for (const { _id, seq } of page) if (heads.get(_id)?.seq !== seq) await this.seal(_id);
    }
    this.sealedAt = startedAt;
  }

  /** What was sealed, by account. */
  async headsOf(accountIds: readonly string[]): Promise<Map<string, Mark>> {
    const records = await this.heads.find({ _id: { $in: [...accountIds] }, form: chainForm });
    return new Map(records.map(({ _id, seq, hash }) => [_id, { seq, link: hash }]));
  }

  /** Compares an account's entries with its seal and its books. @throws DomainError `account_not_found` */
  async verify(accountId: string): Promise<Verification> {
    const head = (await this.headsOf([accountId])).get(accountId);
    const audited = await this.audit.audit(accountId, { marks: head ? [head] : [] });
    if (!audited) throw AccountErrors.notFound();
    const unopened = await this.transactions.run(async (transaction) =>
      this.holds.audit(await this.holds.unopenedOf(accountId, transaction), transaction),
    );
    const faults = [...audited.inBooks, ...audited.inAccount, ...unopened.flatMap((hold) => hold.faults)];
    return {
      accountId,
      entries: audited.entries,
      sealedSeq: head?.seq ?? 0,
      headHash: head?.link ?? chainStart,
      chainHolds: faults.every(([invariant]) => invariant !== 'I11'),
      drift: toDrift(
        accountId,
        faults.filter(([invariant]) => invariant !== 'I11'),
      ),
    };
  }

  private async seal(accountId: string): Promise<void> {
    for (;;) {
      const head = await this.heads.findOne({ _id: accountId, form: chainForm });
      const from = head?.seq ?? 0;
      const entries = await this.books.entriesAfter(accountId, from, pageSize);
      // A gap is the business of the reconciliation; sealing beyond it would only hide where it is.
      const unbroken = entries.filter(({ seq }, index) => seq === from + index + 1);
      if (unbroken.length === 0) return;
      const hash = unbroken.reduce(nextLink, head?.hash ?? chainStart);
      await this.move(accountId, from, { seq: from + unbroken.length, hash, form: chainForm, at: this.clock.date() });
      if (unbroken.length < pageSize) return;
    }
  }

  /** Another instance that sealed the same entries in the meantime has come to the same hash. */
  private async move(accountId: string, from: number, head: Omit<ChainHeadRecord, '_id'>): Promise<void> {
    if (from > 0) {
      await this.heads.updateOne({ _id: accountId, seq: from, form: chainForm }, { $set: head });
      return;
    }
    const unsealed = { _id: accountId, form: { $ne: chainForm } };
    await this.heads.updateOne(unsealed, { $set: head }, { upsert: true }).catch((error: unknown) => {
      if (!isDuplicateKey(error)) throw error;
    });
  }
}
