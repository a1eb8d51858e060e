import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model } from 'mongoose';
import type { Mark } from '../chain/chain-link.js';
import { accountCollection, type AccountRecord } from '../ledger/account.schema.js';
import { entryCollection, type EntryRecord } from '../ledger/ledger-entry.schema.js';
import { LedgerTransactions } from '../transactions/ledger-transactions.js';
import {
  endWalk,
  type AuditedAccount,
  continueWalk,
  beginWalk,
  type Start,
  touchedBy,
  type Walk,
} from './account-walk.js';
import { grouped } from './grouped.js';
import { type AuditedHold, HoldsAuditService } from './holds-audit.service.js';

/** How many entries, together with the holds they touch, are read at once. */
export const entriesAtOnce = 500;

/** Reads at one snapshot. */
export type AtSnapshot = <Result>(work: (transaction: ClientSession) => Promise<Result>) => Promise<Result>;

/**
 * Walks through the entries of an account in their order, page by page, and compares them with the holds, the chain and, at their
 * end, the account. Entries are never changed, so the pages need no common snapshot; each one has its own, with the holds that it
 * touches, and the last one has the account in it. So what is written in the meantime never looks like a fault. Accounts
 * with few entries share a page and its snapshot.
 */
@Injectable()
export class AccountAuditService {
  constructor(
    @InjectModel(accountCollection.name) private readonly accounts: Model<AccountRecord>,
    @InjectModel(entryCollection.name) private readonly entries: Model<EntryRecord>,
    private readonly holds: HoldsAuditService,
    private readonly transactions: LedgerTransactions,
  ) {}

  /** @param atSnapshot how a page is read: in a transaction of its own, unless another way is given */
  async audit(
    accountId: string,
    start: Start = {},
    atSnapshot: AtSnapshot = (work) => this.transactions.run(work),
  ): Promise<AuditedAccount | undefined> {
    for (let walk = beginWalk(start); ;) {
      const at = walk;
      const { next, end } = await atSnapshot((transaction) => this.step(accountId, at, transaction));
      if (end !== undefined) return end ?? undefined;
      walk = next;
    }
  }

  /**
   * Audits several accounts from their beginnings, at one snapshot.
   * @param marks of each account, the links that were written down elsewhere
   * @returns the accounts that exist; undefined when they have more entries than are read at once
   */
  auditTogether(
    marks: ReadonlyMap<string, readonly Mark[]>,
    atSnapshot: AtSnapshot,
  ): Promise<Map<string, AuditedAccount> | undefined> {
    return atSnapshot(async (transaction) => {
      const ids = [...marks.keys()];
      const page = await this.entries
        .find({ account_id: { $in: ids } }, null, { session: transaction })
        .sort({ account_id: 1, seq: 1 })
        .limit(entriesAtOnce);
      if (page.length === entriesAtOnce) return undefined;
      const accounts = await this.accounts.find({ _id: { $in: ids } }, null, { session: transaction });
      const open = await this.holds.openOf(ids, transaction);
      const holds = await this.holdsOf(touchedBy(page, open), transaction);
      const [entriesOf, openOf] = [grouped(page, ofAccount), grouped(open, ofAccount)];
      return new Map(
        accounts.map((account) => {
          const [own, ownOpen] = [entriesOf.get(account._id) ?? [], openOf.get(account._id) ?? []];
          const walk = beginWalk({ marks: marks.get(account._id) ?? [] });
          return [account._id, endWalk(continueWalk(walk, own, touchedBy(own, ownOpen), holds), account, ownOpen)];
        }),
      );
    });
  }

  /** @returns the walk after this page, and its end when this was the last one: null when there is no such account */
  private async step(
    accountId: string,
    walk: Walk,
    transaction: ClientSession,
  ): Promise<{ next: Walk; end?: AuditedAccount | null }> {
    const page = await this.entries
      .find({ account_id: accountId, seq: { $gt: walk.lastSeq } }, null, { session: transaction })
      .sort({ seq: 1 })
      .limit(entriesAtOnce);
    const isLast = page.length < entriesAtOnce;
    const account = isLast
      ? await this.accounts.findOne({ _id: accountId }, null, { session: transaction })
      : undefined;
    const open = account ? await this.holds.openOf([accountId], transaction) : [];
    const touched = touchedBy(page, open);
    const next = continueWalk(walk, page, touched, await this.holdsOf(touched, transaction));
    if (!isLast) return { next };
    return { next, end: account ? endWalk(next, account, open) : null };
  }

  private async holdsOf(ids: readonly string[], transaction: ClientSession): Promise<Map<string, AuditedHold>> {
    const audited = await this.holds.audit(ids, transaction);
    return new Map(audited.map((each) => [each.hold._id, each]));
  }
}

const ofAccount = ({ account_id }: { account_id: string }): string => account_id;
