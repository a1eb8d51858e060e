import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { isDuplicateKey, newId } from '@parley/platform';
import { accountIdOf, stateOf } from '../accounts/account.schema.js';
import { AccountsService } from '../accounts/accounts.service.js';
import type { EntryRow } from '../ledger/ledger-entry.schema.js';
import { LedgerErrors } from '../ledger/ledger.errors.js';
import { LedgerService, PostingRefused } from '../ledger/ledger.service.js';
import { LedgerTransactions } from '../ledger/ledger-transactions.js';
import { allocationPosting, type Posting, Refusal, whyRefused } from '../ledger/posting.js';
import { requestHash } from '../ledger/request-hash.js';
import { AllocationErrors } from './allocations.errors.js';
import type { CreateAllocation } from './allocations.dto.js';
import { UserDirectory } from './user-directory.js';

export interface AllocationResult {
  entry: EntryRow;
  replayed: boolean;
}

@Injectable()
export class AllocationsService {
  constructor(
    private readonly users: UserDirectory,
    private readonly accounts: AccountsService,
    private readonly ledger: LedgerService,
    private readonly transactions: LedgerTransactions,
  ) {}

  /**
   * Gives credits to a user. With a key the same request is booked once, however often it is sent and for all time.
   * @throws DomainError `user_not_found`, `idempotency_mismatch`, `balance_limit`, `account_frozen`, `auth_unavailable`,
   *   `ledger_busy`
   */
  async allocate(actor: string, request: CreateAllocation, key?: string): Promise<AllocationResult> {
    const posting = toPosting(actor, request, key);
    const earlier = await this.findEarlier(posting);
    if (earlier) return earlier;
    if (!(await this.users.exists(request.user_id))) throw AllocationErrors.userNotFound();
    try {
      return await this.book(posting);
    } catch (error) {
      if (!(error instanceof PostingRefused)) throw error;
      await this.openOrExplain(posting);
      return this.book(posting).catch((again: unknown) => {
        throw again instanceof PostingRefused ? LedgerErrors.busy(again) : again;
      });
    }
  }

  private async book(posting: Posting): Promise<AllocationResult> {
    try {
      const entry = await this.transactions.run(async (session) => {
        const earlier = await this.ledger.findEntry(posting.entryId, session);
        return earlier ? undefined : this.ledger.post(session, posting);
      });
      if (entry) return { entry, replayed: false };
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    // The same key was booked between our first look and the transaction.
    const earlier = await this.findEarlier(posting);
    if (!earlier) throw LedgerErrors.busy();
    return earlier;
  }

  private async findEarlier({ entryId, facts }: Posting): Promise<AllocationResult | undefined> {
    const entry = await this.ledger.findEntry(entryId);
    if (!entry) return undefined;
    if (entry.request_hash !== facts.requestHash) throw AllocationErrors.idempotencyMismatch();
    return { entry, replayed: true };
  }

  /** Opens an account that has never been used, or says why an existing one takes nothing. */
  private async openOrExplain(posting: Posting): Promise<void> {
    const account = await this.accounts.find(posting.accountId);
    if (!account) return this.accounts.open(posting.accountId);
    const why = whyRefused(stateOf(account), posting);
    if (why === Refusal.frozen) throw LedgerErrors.accountFrozen();
    if (why === Refusal.balanceLimit) throw AllocationErrors.balanceLimit();
  }
}

function toPosting(actor: string, request: CreateAllocation, key: string | undefined): Posting {
  const { user_id: userId, amount_ucr: amount, reason } = request;
  const hash = requestHash({ operation: 'allocation', ...request });
  return allocationPosting(entryIdOf(actor, key), accountIdOf(userId), BigInt(amount), {
    actor,
    reason,
    requestHash: hash,
  });
}

/**
 * A key belongs to the administrator who made it. The entry's id carries only a digest of both, because the owner of the
 * account reads it. Without a key every request is a new operation.
 */
function entryIdOf(actor: string, key: string | undefined): string {
  if (key === undefined) return newId('alloc');
  return `alloc:${createHash('sha256').update(`${actor}\n${key}`).digest('hex')}`;
}
