import { Injectable } from '@nestjs/common';
import { AccountErrors } from '../accounts/accounts.errors.js';
import { chainStart } from '../chain/chain-link.js';
import { ChainService } from '../chain/chain.service.js';
import { LedgerTransactions } from '../transactions/ledger-transactions.js';
import { AccountAuditService } from './account-audit.service.js';
import { type Drift, toDrift } from './drift.js';
import { HoldsAuditService } from './holds-audit.service.js';

export interface Verification {
  accountId: string;
  entries: number;
  sealedSeq: number;
  headHash: string;
  /** Whether the entries still give the hash that was sealed. */
  chainHolds: boolean;
  drift: Drift[];
}

/** Compares one account with its entries, its holds and its seal, for whoever asks. Nothing is changed. */
@Injectable()
export class VerificationService {
  constructor(
    private readonly chain: ChainService,
    private readonly accounts: AccountAuditService,
    private readonly holds: HoldsAuditService,
    private readonly transactions: LedgerTransactions,
  ) {}

  /** @throws DomainError `account_not_found` */
  async verify(accountId: string): Promise<Verification> {
    const head = (await this.chain.headsOf([accountId])).get(accountId);
    const audited = await this.accounts.audit(accountId, { marks: head ? [head] : [] });
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
}
