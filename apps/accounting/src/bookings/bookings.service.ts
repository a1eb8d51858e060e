import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type DomainError, newId } from '@parley/platform';
import type { ClientSession } from 'mongoose';
import { AccountErrors } from '../accounts/accounts.errors.js';
import { ExpiringCreditsService } from '../expiring-credits/expiring-credits.service.js';
import { stateOf } from '../ledger/account.schema.js';
import type { EntryRecord } from '../ledger/ledger-entry.schema.js';
import { LedgerErrors } from '../ledger/ledger.errors.js';
import { LedgerService } from '../ledger/ledger.service.js';
import { OperationsService } from '../ledger/operations.service.js';
import type { Posting } from '../ledger/posting.js';
import { Refusal, whyRefused } from '../ledger/refusal.js';
import { BookingErrors } from './bookings.errors.js';

export interface Booked {
  entry: EntryRecord;
  replayed: boolean;
}

/** Decides inside the transaction what is posted, for amounts that depend on earlier entries. */
export type Decide = (transaction: ClientSession) => Promise<Posting>;

/** Posts what administrators ask for: each request once, however often it is sent. */
@Injectable()
export class BookingsService {
  constructor(
    private readonly operations: OperationsService,
    private readonly ledger: LedgerService,
    private readonly expiring: ExpiringCreditsService,
  ) {}

  /**
   * @param draft what is posted unless `decide` says otherwise; its entry id and its request's digest always count
   * @param insufficient the refusal of a posting that would take what is not there
   * @throws DomainError `idempotency_mismatch`, `account_frozen`, `balance_limit`, `ledger_busy`, and whatever `decide` throws
   */
  book(
    draft: Posting,
    insufficient: () => DomainError,
    decide: Decide = () => Promise.resolve(draft),
  ): Promise<Booked> {
    return this.operations.run(draft.accountId, async (transaction) => {
      // A repetition is recognised before anything is asked about funds or states.
      const earlier = await this.findEarlier(draft, transaction);
      if (earlier) return () => Promise.resolve(earlier);
      const posting = await decide(transaction);
      const account = await this.ledger.accountAt(transaction, posting.accountId);
      if (!account && !isGift(posting)) throw AccountErrors.notFound();
      if (!account) return () => Promise.resolve(undefined);
      refuse(whyRefused(stateOf(account), posting), insufficient);
      return () => this.post(posting, transaction);
    });
  }

  private async post(posting: Posting, transaction: ClientSession): Promise<Booked> {
    const entry = await this.ledger.post(transaction, posting);
    await this.expiring.note(entry, transaction);
    return { entry, replayed: false };
  }

  /** @throws DomainError `idempotency_mismatch` */
  async findEarlier(
    { entryId, facts }: Pick<Posting, 'entryId' | 'facts'>,
    transaction?: ClientSession,
  ): Promise<Booked | undefined> {
    const entry = await this.ledger.findEntry(entryId, transaction);
    if (!entry) return undefined;
    if (entry.request_hash !== facts.requestHash) throw BookingErrors.idempotencyMismatch();
    return { entry, replayed: true };
  }
}

function refuse(why: Refusal | undefined, insufficient: () => DomainError): void {
  if (why === Refusal.frozen) throw LedgerErrors.accountFrozen();
  if (why === Refusal.balanceLimit) throw BookingErrors.balanceLimit();
  if (why === Refusal.alreadyUsed) throw BookingErrors.alreadyUsed();
  if (why !== undefined) throw insufficient();
}

/** Only a gift to an owner who is known to auth opens an account. */
const isGift = ({ type }: Posting): boolean => ['allocation', 'opening_balance', 'allowance'].includes(type);

/**
 * A key belongs to the administrator who made it. The entry's id carries only a digest of both, because the owner of the
 * account reads it. Without a key every request is a new operation.
 */
export function entryIdOf(kind: string, actor: string, key: string | undefined): string {
  if (key === undefined) return newId(kind);
  return `${kind}:${createHash('sha256').update(`${actor}\n${key}`).digest('hex')}`;
}
