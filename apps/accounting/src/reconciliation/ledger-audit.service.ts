import { Injectable } from '@nestjs/common';
import { AccountAuditService, entriesAtOnce, type AtSnapshot } from '../audit/account-audit.service.js';
import type { AuditedAccount, Start } from '../audit/account-walk.js';
import { CapsAuditService } from '../audit/caps-audit.service.js';
import { ConservationService } from '../audit/conservation.service.js';
import { type Drift, toDrift } from '../audit/drift.js';
import type { Standing } from '../audit/entry-drift.js';
import { HoldsAuditService } from '../audit/holds-audit.service.js';
import { ChainService } from '../chain/chain.service.js';
import { type AccountMark, AccountsService } from '../ledger/accounts.service.js';
import { LedgerTransactions } from '../transactions/ledger-transactions.js';
import { CheckpointsService } from './checkpoints.service.js';
import type { Pulse } from './pulse.js';

const pageSize = 200;
/** Each of them may have as many open holds as one may have at once. */
const accountsAtOnce = 50;
/** Overdue holds are ended every few seconds, so one that is overdue for this long is stuck. */
const stuckAfterMs = 10 * 60_000;
const maxAlerts = 100;

/** What a run gathers while it reads the books, page by page. */
export interface Reading {
  pulse: Pulse;
  /** Called with what does not add up, as soon as it is found. */
  report: (drift: readonly Drift[]) => Promise<void>;
  accounts: number;
  entries: number;
}

/** What the entries of sound accounts come to, where the next audit can begin. */
type Sound = Map<string, Standing>;

/**
 * Goes through the books. A full audit reads everything. An incremental one reads what was written after the checkpoints of the
 * accounts that have moved, the holds that this touches and those that are open, and all of the frozen accounts; a change of
 * something older is left to the full one, which finds it by the sums, by the chain and by the checkpoints themselves.
 *
 * | invariant | read from                                                                                                |
 * | --------- | -------------------------------------------------------------------------------------------------------- |
 * | I1 I2 I3  | each account against its entries and its open holds, each entry's own figures; full: entries of no account |
 * | I4 I12    | holds against their entries, both ways: I4 is an end that came twice, I12 one without its other side       |
 * | I5        | each charge computed anew, by the function that bills and at the pinned price; its refunds               |
 * | I6        | what was charged and released, against what was held                                                     |
 * | I7        | numbers without gaps, each entry after the one before                                                    |
 * | I8        | each entry's other side; full: all accounts and counterparties at one snapshot                           |
 * | I9        | digests of requests, and ids that are made of the hold                                                   |
 * | I10       | overdue holds, as alerts: the account itself is sound                                                    |
 * | I11       | the chain, as it was sealed; full: as earlier audits have seen it                                        |
 * | I13       | the caps of members                                                                                      |
 * | I14       | full: what was taken back of expired credits, against what the entries before leave of them              |
 *
 * What no data shows: that a replay changes nothing (I9) and that a quiet ledger holds nothing (I10) are shown by the suites of
 * the holds and by the model, and that what was acknowledged survives a crash (I14 of the design) by the crash matrix and the soak.
 */
@Injectable()
export class LedgerAuditService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly accountAudit: AccountAuditService,
    private readonly holds: HoldsAuditService,
    private readonly caps: CapsAuditService,
    private readonly conservation: ConservationService,
    private readonly chain: ChainService,
    private readonly checkpoints: CheckpointsService,
    private readonly transactions: LedgerTransactions,
  ) {}

  async full(reading: Reading): Promise<void> {
    for await (const page of this.accounts.all(pageSize)) await this.accountsWhole(page, reading);
    await this.unopenedHolds(reading);
    for await (const page of this.caps.all(pageSize)) await this.capsOf(page, reading);
    await reading.report(await this.conservation.audit());
  }

  /** @param since when the accounts were last looked at */
  async incremental(since: Date, reading: Reading): Promise<void> {
    // First, so that accounts frozen by this audit are not read twice.
    for await (const page of this.accounts.frozen(pageSize)) await this.accountsWhole(page, reading);
    for await (const page of this.accounts.movedSince(since, pageSize)) await this.accountsMoved(page, reading);
  }

  /** Holds that nobody ends. */
  async overdue(): Promise<Drift[]> {
    const holds = await this.holds.overdue(stuckAfterMs, maxAlerts);
    return holds.flatMap(({ _id, account_id }) =>
      toDrift(account_id, [['I10', `${_id} is overdue for more than ten minutes`]]),
    );
  }

  private async accountsWhole(page: AccountMark[], reading: Reading): Promise<void> {
    const ids = page.map(({ _id }) => _id);
    const [heads, checkpoints] = [await this.chain.headsOf(ids), await this.checkpoints.of(ids)];
    const marksOf = (id: string) => [heads.get(id), checkpoints.get(id)].filter((mark) => mark !== undefined);
    const sound: Sound = new Map();
    for (const group of inGroups(page)) {
      const marks = new Map(group.map(({ _id }) => [_id, marksOf(_id)]));
      const audited = group.length > 1 && (await this.accountAudit.auditTogether(marks, this.snapshotsOf(reading)));
      if (audited) for (const [id, each] of audited) await this.report(id, each, reading, sound);
      else for (const { _id } of group) await this.account(_id, { marks: marksOf(_id) }, reading, sound);
    }
    await this.checkpoints.keep(sound);
  }

  private async accountsMoved(page: AccountMark[], reading: Reading): Promise<void> {
    const ids = page.map(({ _id }) => _id);
    const [heads, checkpoints] = [await this.chain.headsOf(ids), await this.checkpoints.of(ids)];
    const moved = page.filter(({ _id, seq, status }) => status !== 'frozen' && checkpoints.get(_id)?.seq !== seq);
    const sound: Sound = new Map();
    for (const { _id: id } of moved) {
      const [from, head] = [checkpoints.get(id), heads.get(id)];
      const caps = await this.account(id, { ...(from ? { from } : {}), marks: head ? [head] : [] }, reading, sound);
      await this.capsOf([...caps], reading);
    }
    await this.checkpoints.keep(sound);
  }

  /** @returns the caps under which its holds count */
  private async account(id: string, start: Start, reading: Reading, sound: Sound): Promise<ReadonlySet<string>> {
    const audited = await this.accountAudit.audit(id, start, this.snapshotsOf(reading));
    if (!audited) return new Set();
    await this.report(id, audited, reading, sound);
    return audited.caps;
  }

  private async report(id: string, audited: AuditedAccount, reading: Reading, sound: Sound): Promise<void> {
    const faults = [...audited.inBooks, ...audited.inAccount];
    await reading.report(toDrift(id, faults));
    if (faults.length === 0) sound.set(id, audited.standing);
    reading.accounts += 1;
    reading.entries += audited.entries;
  }

  private async unopenedHolds(reading: Reading): Promise<void> {
    const atSnapshot = this.snapshotsOf(reading);
    for (let last = ''; ;) {
      const { ids, audited } = await atSnapshot(async (transaction) => {
        const page = await this.holds.page(last, pageSize, transaction);
        return {
          ids: page,
          audited: await this.holds.audit(await this.holds.unopened(page, transaction), transaction),
        };
      });
      for (const { hold, faults } of audited) await reading.report(toDrift(hold.account_id, faults));
      if (ids.length < pageSize) return;
      last = ids.at(-1)!;
    }
  }

  private async capsOf(ids: readonly string[], reading: Reading): Promise<void> {
    if (ids.length === 0) return;
    await reading.report(await this.snapshotsOf(reading)((transaction) => this.caps.audit(ids, transaction)));
  }

  private snapshotsOf({ pulse }: Reading): AtSnapshot {
    return async (work) => {
      await pulse.beat();
      return this.transactions.run(work);
    };
  }
}

/** Groups accounts with few enough entries to be read at once; a larger account is alone. */
function inGroups(page: readonly AccountMark[]): AccountMark[][] {
  const groups: AccountMark[][] = [];
  let room = 0;
  for (const mark of page) {
    if (mark.seq >= room || groups.at(-1)!.length === accountsAtOnce) {
      groups.push([]);
      room = entriesAtOnce;
    }
    groups.at(-1)!.push(mark);
    room -= mark.seq;
  }
  return groups;
}
