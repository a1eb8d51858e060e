import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '@parley/platform';
import type { ClientSession } from 'mongoose';
import { AccountErrors } from '../accounts/accounts.errors.js';
import { AccountAuditService } from '../audit/account-audit.service.js';
import { CapsAuditService } from '../audit/caps-audit.service.js';
import { type Fault, toDrift } from '../audit/drift.js';
import { HoldsAuditService } from '../audit/holds-audit.service.js';
import { type Booked, BookingsService, entryIdOf } from '../bookings/bookings.service.js';
import { ChainService } from '../chain/chain.service.js';
import type { AccountRecord } from '../ledger/account.schema.js';
import { AccountsService } from '../ledger/accounts.service.js';
import { LedgerService } from '../ledger/ledger.service.js';
import { type AccountFigures, correctionPosting, type Posting } from '../ledger/posting.js';
import { wasOvertaken } from '../ledger/operations.service.js';
import { requestHash } from '../ledger/request-hash.js';
import { CheckpointsService } from '../reconciliation/checkpoints.service.js';
import { LongTransactions } from '../transactions/long-transactions.js';
import { TransactionErrors } from '../transactions/transactions.errors.js';
import { RepairErrors } from './repairs.errors.js';

/**
 * Puts a frozen account right because a person says so. The entries decide: what the account and the caps of its members say is
 * taken from them and from the holds, and an entry tells who did it, why, and what was changed. If entries and holds do not
 * agree with each other, nothing is changed.
 */
@Injectable()
export class RepairsService {
  constructor(
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly accounts: AccountsService,
    private readonly ledger: LedgerService,
    private readonly bookings: BookingsService,
    private readonly transactions: LongTransactions,
    private readonly audit: AccountAuditService,
    private readonly holds: HoldsAuditService,
    private readonly caps: CapsAuditService,
    private readonly chain: ChainService,
    private readonly checkpoints: CheckpointsService,
  ) {}

  /**
   * @throws DomainError `account_not_found`, `account_not_frozen`, `books_broken` with the drift as a fact, `idempotency_mismatch`,
   *   `ledger_busy`
   */
  async repair(actor: string, accountId: string, reason: string, key?: string): Promise<Booked> {
    const draft = correctionPosting(entryIdOf('repair', actor, key), accountId, {
      actor,
      reason,
      requestHash: requestHash({ operation: 'repair', account_id: accountId, reason }),
    });
    try {
      const repaired = await this.transactions.run((transaction) => this.repairOnce(draft, transaction));
      if (!repaired.replayed)
        this.logger.warn({ accountId, actor, entryId: repaired.entry._id }, 'an account was repaired');
      return repaired;
    } catch (error) {
      if (!wasOvertaken(error)) throw error;
      const earlier = await this.bookings.findEarlier(draft);
      if (!earlier) throw TransactionErrors.busy(error);
      return earlier;
    }
  }

  private async repairOnce(draft: Posting, transaction: ClientSession): Promise<Booked> {
    const earlier = await this.bookings.findEarlier(draft, transaction);
    if (earlier) return earlier;
    const account = await this.accounts.find(draft.accountId, transaction);
    if (!account) throw AccountErrors.notFound();
    if (account.status !== 'frozen') throw RepairErrors.notFrozen();
    const after = await this.figuresOf(draft.accountId, transaction);
    const caps = await this.caps.recount(draft.accountId, transaction);
    const correction = { before: toFigures(account), after, ...(caps.length > 0 ? { caps } : {}) };
    const posting = { ...draft, facts: { ...draft.facts, correction } };
    return { entry: await this.ledger.correct(transaction, account, after, posting), replayed: false };
  }

  /** What the entries come to, with one more for the repair. @throws DomainError `books_broken` */
  private async figuresOf(accountId: string, transaction: ClientSession): Promise<AccountFigures> {
    const marks = [await this.chain.headsOf([accountId]), await this.checkpoints.of([accountId])].flatMap(
      (byAccount) => byAccount.get(accountId) ?? [],
    );
    const audited = await this.audit.audit(accountId, { marks }, (work) => work(transaction));
    if (!audited) throw AccountErrors.notFound();
    const unopened = await this.holds.audit(await this.holds.unopenedOf(accountId, transaction), transaction);
    const faults: Fault[] = [...audited.inBooks, ...unopened.flatMap((hold) => hold.faults)];
    if (faults.length > 0) throw RepairErrors.booksBroken(toDrift(accountId, faults));
    const { standing, open } = audited;
    return {
      balance_ucr: standing.balance,
      held_ucr: standing.held,
      open_holds: open.length,
      seq: standing.seq + 1,
    };
  }
}

const toFigures = ({ balance_ucr, held_ucr, open_holds, seq }: AccountRecord): AccountFigures => ({
  ...{ balance_ucr, held_ucr, open_holds, seq },
});
