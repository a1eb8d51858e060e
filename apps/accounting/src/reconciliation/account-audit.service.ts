import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model } from 'mongoose';
import { accountCollection, type AccountRow } from '../accounts/account.schema.js';
import type { HoldRow } from '../holds/hold.schema.js';
import { entryCollection, type EntryRow } from '../ledger/ledger-entry.schema.js';
import { LedgerTransactions } from '../ledger/ledger-transactions.js';
import { driftOfAccount, driftOfOpenHolds } from './account-drift.js';
import { distinct, type Fault, unless } from './drift.js';
import { deviation, isExplainedBy } from './misstatement.js';
import { beginning, broken, follow, type Mark, type Place, type Standing } from './entry-drift.js';
import { HoldsAudit } from './holds-audit.service.js';

/** How many entries, with the holds that they touch, are read at once. */
const pageSize = 500;

export interface AuditedAccount {
  account: AccountRow;
  /** What its entries come to. */
  standing: Standing;
  open: readonly HoldRow[];
  /** How many entries were read. */
  entries: number;
  /** The member caps under which the holds that were looked at count. */
  caps: ReadonlySet<string>;
  /** What is wrong between the entries, the holds and the chain: nothing in the account can put that right. */
  inBooks: Fault[];
  /** Where the account says something else than they do, and the last entries only repeat it. */
  inAccount: Fault[];
}

/** Runs one look at the data, at one snapshot. */
export type Look = <Result>(work: (session: ClientSession) => Promise<Result>) => Promise<Result>;

interface Walk {
  place: Place;
  /** The number of the last entry that was read; another than the standing's where the numbers have gaps. */
  lastSeq: number;
  entries: number;
  faults: Fault[];
  caps: Set<string>;
  end?: Pick<AuditedAccount, 'account' | 'open'>;
}

/**
 * Walks through the entries of one account in their order, page by page, and compares them with the holds, the chain and, at their
 * end, the account. Entries are never changed, so the pages need no common snapshot; each one has its own, with the holds that it
 * touches, and the last one has the account in it. What is being written meanwhile therefore never looks like a fault.
 */
@Injectable()
export class AccountAudit {
  constructor(
    @InjectModel(accountCollection.name) private readonly accounts: Model<AccountRow>,
    @InjectModel(entryCollection.name) private readonly entries: Model<EntryRow>,
    private readonly holds: HoldsAudit,
    private readonly transactions: LedgerTransactions,
  ) {}

  /**
   * @param from where an earlier audit has found everything in order
   * @param marks links that were written down elsewhere
   * @param look how a page is read; each in a transaction of its own unless something else is given
   */
  async audit(
    accountId: string,
    { from = beginning, marks = [] }: { from?: Standing; marks?: readonly Mark[] } = {},
    look: Look = (work) => this.transactions.run(work),
  ): Promise<AuditedAccount | undefined> {
    let walk: Walk = {
      place: { standing: from },
      lastSeq: from.seq,
      entries: 0,
      faults: broken(from, marks),
      caps: new Set(),
    };
    for (;;) {
      const at = walk;
      const next = await look((session) => this.step(accountId, at, marks, session));
      if (!next) return undefined;
      if (next.end) return toAudited(next, next.end, marks);
      walk = next;
    }
  }

  private async step(
    accountId: string,
    walk: Walk,
    marks: readonly Mark[],
    session: ClientSession,
  ): Promise<Walk | undefined> {
    const page = await this.entries
      .find({ account_id: accountId, seq: { $gt: walk.lastSeq } }, null, { session })
      .sort({ seq: 1 })
      .limit(pageSize);
    const { place, faults } = follow(walk.place, page, marks);
    const isLast = page.length < pageSize;
    const account = isLast ? await this.accounts.findOne({ _id: accountId }, null, { session }) : undefined;
    if (account === null) return undefined;
    const open = isLast ? await this.holds.openOf(accountId, session) : [];
    const touched = await this.auditHolds(page, open, session);
    return {
      place,
      lastSeq: page.at(-1)?.seq ?? walk.lastSeq,
      entries: walk.entries + page.length,
      faults: [...walk.faults, ...faults, ...touched.faults],
      caps: new Set([...walk.caps, ...touched.caps]),
      ...(account ? { end: { account, open } } : {}),
    };
  }

  private async auditHolds(page: readonly EntryRow[], open: readonly HoldRow[], session: ClientSession) {
    const named = page.flatMap(({ hold_id }) => hold_id ?? []);
    const ids = [...new Set([...named, ...open.map(({ _id }) => _id)])];
    const audited = await this.holds.audit(ids, session);
    const known = new Set(audited.map(({ hold }) => hold._id));
    const missing = ids.flatMap((id) => unless(known.has(id), 'I12', `${id} has entries and is not there`));
    return {
      faults: [...missing, ...audited.flatMap(({ faults }) => faults)],
      caps: new Set(audited.flatMap(({ hold }) => hold.caps ?? [])),
    };
  }
}

function toAudited(walk: Walk, { account, open }: NonNullable<Walk['end']>, marks: readonly Mark[]): AuditedAccount {
  const { place, entries, caps } = walk;
  const { standing, misstated } = place;
  const isWhole = marks.every(({ seq }) => seq <= standing.seq);
  const right = { balance_ucr: standing.balance, held_ucr: standing.held };
  const isCarried = misstated && isExplainedBy(misstated, deviation(account, right));
  const inBooks = distinct([
    ...walk.faults,
    ...(misstated && !isCarried ? misstated.faults : []),
    ...unless(isWhole, 'I11', 'entries that were sealed or checked are gone'),
    ...driftOfOpenHolds(standing, open),
  ]);
  const inAccount = [...driftOfAccount(account, standing, open), ...(isCarried ? misstated.faults : [])];
  return { account, standing, open, entries, caps, inBooks, inAccount };
}
