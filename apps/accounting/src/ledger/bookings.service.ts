import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { isDuplicateKey, newId } from '@parley/platform';
import type { ClientSession } from 'mongoose';
import { stateOf } from '../accounts/account.schema.js';
import { AccountErrors } from '../accounts/accounts.errors.js';
import { AccountsService } from '../accounts/accounts.service.js';
import type { EntryRow } from './ledger-entry.schema.js';
import { LedgerErrors } from './ledger.errors.js';
import { LedgerService, PostingRefused } from './ledger.service.js';
import { LedgerTransactions } from './ledger-transactions.js';
import { type Posting, Refusal, whyRefused } from './posting.js';

export interface Booked {
  entry: EntryRow;
  replayed: boolean;
}

/** Decides inside the transaction what is booked, for amounts that depend on what was booked before. */
export type Decide = (session: ClientSession) => Promise<Posting>;

/** Books what administrators ask for: each request once, however often it is sent and for all time. */
@Injectable()
export class Bookings {
  constructor(
    private readonly accounts: AccountsService,
    private readonly ledger: LedgerService,
    private readonly transactions: LedgerTransactions,
  ) {}

  /**
   * @param draft what is booked, unless `decide` says otherwise; its entry id and its request's digest count in any case
   * @param insufficient the refusal of a posting that would take what is not there
   * @throws DomainError `idempotency_mismatch`, `account_frozen`, `balance_limit`, `ledger_busy`, and whatever `decide` throws
   */
  async book(
    draft: Posting,
    insufficient: () => Error,
    decide: Decide = () => Promise.resolve(draft),
  ): Promise<Booked> {
    try {
      return await this.bookOnce(draft, decide);
    } catch (error) {
      if (!(error instanceof PostingRefused)) throw error;
      await this.openOrExplain(await this.transactions.run(decide), insufficient);
      return this.bookOnce(draft, decide).catch((again: unknown) => {
        throw again instanceof PostingRefused ? LedgerErrors.busy(again) : again;
      });
    }
  }

  /** @throws DomainError `idempotency_mismatch` */
  async findEarlier({ entryId, facts }: Posting, session?: ClientSession): Promise<Booked | undefined> {
    const entry = await this.ledger.findEntry(entryId, session);
    if (!entry) return undefined;
    if (entry.request_hash !== facts.requestHash) throw LedgerErrors.idempotencyMismatch();
    return { entry, replayed: true };
  }

  private async bookOnce(draft: Posting, decide: Decide): Promise<Booked> {
    try {
      return await this.transactions.run(async (session) => {
        // A repetition is recognised before anything is asked about funds or states.
        const earlier = await this.findEarlier(draft, session);
        return earlier ?? { entry: await this.ledger.post(session, await decide(session)), replayed: false };
      });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      const earlier = await this.findEarlier(draft);
      if (!earlier) throw LedgerErrors.busy(error);
      return earlier;
    }
  }

  /** Opens the account of a first gift, or says why an account does not take the posting. */
  private async openOrExplain(posting: Posting, insufficient: () => Error): Promise<void> {
    const account = await this.accounts.find(posting.accountId);
    if (!account && !isGift(posting)) throw AccountErrors.notFound();
    if (!account) return this.accounts.open(posting.accountId);
    const why = whyRefused(stateOf(account), posting);
    if (why === Refusal.frozen) throw LedgerErrors.accountFrozen();
    if (why === Refusal.balanceLimit) throw LedgerErrors.balanceLimit();
    if (why === Refusal.alreadyUsed) throw LedgerErrors.alreadyUsed();
    if (why === Refusal.insufficient) throw insufficient();
  }
}

/** Only what gives credits to an owner who was looked up makes an account. */
const isGift = ({ type }: Posting): boolean => type === 'allocation' || type === 'opening_balance';

/**
 * A key belongs to the administrator who made it. The entry's id carries only a digest of both, because the owner of the
 * account reads it. Without a key every request is a new operation.
 */
export function entryIdOf(kind: string, actor: string, key: string | undefined): string {
  if (key === undefined) return newId(kind);
  return `${kind}:${createHash('sha256').update(`${actor}\n${key}`).digest('hex')}`;
}
