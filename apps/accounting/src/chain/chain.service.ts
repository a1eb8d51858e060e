import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, isDuplicateKey } from '@parley/platform';
import type { Model } from 'mongoose';
import { AccountsService } from '../ledger/accounts.service.js';
import { entryCollection, type EntryRecord } from '../ledger/ledger-entry.schema.js';
import { chainHeadCollection, type ChainHeadRecord } from './chain-head.schema.js';
import { chainForm, chainStart, type Mark, nextLink } from './chain-link.js';

const pageSize = 500;
/** How far each round looks back before the last one: clocks differ, and commits take time. */
const overlapMs = 15 * 60_000;

/** Chains the entries of each account after they were written, so that a later change of one shows. */
@Injectable()
export class ChainService {
  /** When this instance last went through the accounts. Its first round covers all of them. */
  private sealedAt: number | undefined;

  constructor(
    @InjectModel(chainHeadCollection.name) private readonly heads: Model<ChainHeadRecord>,
    @InjectModel(entryCollection.name) private readonly entries: Model<EntryRecord>,
    private readonly accounts: AccountsService,
    private readonly clock: Clock,
  ) {}

  /** Seals what was written since the last time. Several instances may do so at once. */
  async sealAll(): Promise<void> {
    const startedAt = this.clock.now();
    const pages =
      this.sealedAt === undefined
        ? this.accounts.all(pageSize)
        : this.accounts.movedSince(new Date(this.sealedAt - overlapMs), pageSize);
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

  private async seal(accountId: string): Promise<void> {
    for (;;) {
      const head = await this.heads.findOne({ _id: accountId, form: chainForm });
      const from = head?.seq ?? 0;
      const entries = await this.entries
        .find({ account_id: accountId, seq: { $gt: from } })
        .sort({ seq: 1 })
        .limit(pageSize);
      // Gaps are for the reconciliation to report; sealing beyond one would hide where it is.
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
