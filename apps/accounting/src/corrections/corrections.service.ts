import { Injectable } from '@nestjs/common';
import type { ClientSession } from 'mongoose';
import { accountOf } from '../accounts/accounts.dto.js';
import { type Booked, BookingsService, entryIdOf } from '../bookings/bookings.service.js';
import type { EntryRecord } from '../ledger/ledger-entry.schema.js';
import { LedgerErrors } from '../ledger/ledger.errors.js';
import { LedgerService } from '../ledger/ledger.service.js';
import { creditPosting, type Posting } from '../ledger/posting.js';
import { requestHash } from '../ledger/request-hash.js';
import { TransactionErrors } from '../transactions/transactions.errors.js';
import type { CreateAdjustment, CreateRefund } from './corrections.dto.js';
import { CorrectionErrors } from './corrections.errors.js';
import { refundable } from './refund.js';

/** Puts right what was charged or given wrongly: by new entries, because an old one never changes. */
@Injectable()
export class CorrectionsService {
  constructor(
    private readonly bookings: BookingsService,
    private readonly ledger: LedgerService,
  ) {}

  /**
   * Adds credits or takes them, but never those that a hold has set aside.
   * @throws DomainError `account_not_found`, `would_break_holds`, `idempotency_mismatch`, `balance_limit`, `account_frozen`, `ledger_busy`
   */
  adjust(actor: string, request: CreateAdjustment, key?: string): Promise<Booked> {
    const posting = creditPosting(
      'adjustment',
      entryIdOf('adj', actor, key),
      accountOf(request),
      BigInt(request.delta_ucr),
      { actor, reason: request.reason, requestHash: requestHash({ operation: 'adjustment', ...request }) },
    );
    return this.bookings.book(posting, CorrectionErrors.wouldBreakHolds);
  }

  /**
   * Gives back what a hold was charged: the amount asked for, or all that is left.
   * @throws DomainError `entry_not_found`, `refund_exceeds_charge`, `idempotency_mismatch`, `balance_limit`, `account_frozen`,
   *   `ledger_busy`
   */
  async refund(actor: string, request: CreateRefund, key?: string): Promise<Booked> {
    const facts = {
      actor,
      reason: request.reason,
      requestHash: requestHash({ operation: 'refund', ...request }),
      ...(request.entry_id === undefined ? {} : { refundOf: request.entry_id }),
    };
    const entryId = entryIdOf('refund', actor, key);
    const earlier = await this.bookings.findEarlier({ entryId, facts });
    if (earlier) return earlier;
    const { accountId, ...about } = await this.charged(request);
    const posting = creditPosting('refund', entryId, accountId, 0n, { ...facts, ...about });
    return this.bookings.book(posting, TransactionErrors.busy, (transaction) =>
      this.decide(posting, request, transaction),
    );
  }

  /** Two refunds of one charge write the same account, so that the second one sees the first, whichever instance it runs on. */
  private async decide(draft: Posting, request: CreateRefund, transaction: ClientSession): Promise<Posting> {
    const entries = await this.ledger.entriesOfHold(draft.facts.holdId ?? '', transaction);
    const left = refundable(entries, request.entry_id);
    const amount = request.amount_ucr === undefined ? left : BigInt(request.amount_ucr);
    if (amount > left || amount === 0n) throw CorrectionErrors.exceedsCharge(left);
    return { ...draft, delta: amount };
  }

  /** What is given back, and whose call it was. */
  private async charged(request: CreateRefund): Promise<{ holdId: string; accountId: string; apiKeyId?: string }> {
    const entry = await this.entryOf(request);
    if (!entry?.hold_id) throw LedgerErrors.entryNotFound();
    const { hold_id: holdId, account_id: accountId, api_key_id: apiKeyId } = entry;
    return { holdId, accountId, ...(apiKeyId ? { apiKeyId } : {}) };
  }

  private async entryOf({ entry_id: entryId, hold_id: holdId }: CreateRefund): Promise<EntryRecord | undefined> {
    if (entryId !== undefined) return (await this.ledger.findEntry(entryId)) ?? undefined;
    return (await this.ledger.entriesOfHold(holdId ?? ''))[0];
  }
}
