import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { maxTokenCount } from '@parley/contracts';
import { Clock, isDuplicateKey } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { type AccountDocument, accountIdOf, orgAccountIdOf, stateOf } from '../accounts/account.schema.js';
import { AccountsService } from '../accounts/accounts.service.js';
import { AccountQueue } from '../ledger/account-queue.js';
import { LedgerErrors } from '../ledger/ledger.errors.js';
import { LedgerService, PostingRefused } from '../ledger/ledger.service.js';
import { LedgerTransactions } from '../ledger/ledger-transactions.js';
import { type AccountState, available, holdPosting, type Posting, Refusal, whyRefused } from '../ledger/posting.js';
import { requestHash } from '../ledger/request-hash.js';
import { CapReached, MemberCaps } from '../member-caps/member-caps.service.js';
import { affordableOutput, highestCost } from '../prices/cost.js';
import { PricesService } from '../prices/prices.service.js';
import { ratesOf } from '../prices/price-version.schema.js';
import type { HoldRequest } from './holds.dto.js';
import type { Subject } from './hold-subject.js';
import { HoldErrors } from './holds.errors.js';
import { holdCollection, type HoldDocument, type HoldRow } from './hold.schema.js';

export interface Placement {
  hold: HoldRow;
  replayed: boolean;
}

/** A hold before it is placed, and how much output it could have at most on so many credits. */
interface Draft {
  hold: HoldRow;
  affordable: (funds: bigint) => number;
}

/** Between a refusal and the look at its reason the account may change; then the hold is tried again, this often. */
const maxTries = 3;
const neverUsed: AccountState = { status: 'active', balance: 0n, held: 0n, openHolds: 0 };

/** Sets credits aside. What is done with them at the end is the business of HoldClosings. */
@Injectable()
export class HoldsService {
  constructor(
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRow>,
    private readonly prices: PricesService,
    private readonly accounts: AccountsService,
    private readonly ledger: LedgerService,
    private readonly caps: MemberCaps,
    private readonly transactions: LedgerTransactions,
    private readonly queue: AccountQueue,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError `hold_not_found`, also for another service's hold */
  async find(service: string, holdId: string): Promise<HoldDocument> {
    const hold = await this.holds.findOne({ _id: holdId, service }).exec();
    if (!hold) throw HoldErrors.notFound();
    return hold;
  }

  /**
   * Holds what the call can cost at most, at the price of this moment. The same request again answers the same.
   * @throws DomainError `model_not_priced`, `insufficient_credits`, `member_cap_reached`, `account_frozen`, `too_many_open_holds`,
   *   `idempotency_mismatch`, `ledger_busy`
   */
  async create(service: string, subject: Subject, request: HoldRequest): Promise<Placement> {
    const draft = await this.draft(service, subject, request);
    for (let tries = 0; tries < maxTries; tries++) {
      try {
        const placed = (await this.place(draft)) ?? (await this.deny(draft.hold));
        if (placed) return { hold: placed, replayed: false };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return this.replay(draft.hold, error);
      }
    }
    throw LedgerErrors.busy();
  }

  private async draft(service: string, { userId, orgId }: Subject, request: HoldRequest): Promise<Draft> {
    const price = await this.prices.current(request.model);
    const rates = ratesOf(price);
    const tokens = { input: request.input_tokens, output: request.max_output_tokens };
    const opening = {
      amount_ucr: highestCost(tokens, rates),
      max_output_tokens: request.max_output_tokens,
      // The database's own clock says when, at the moment of the insertion.
      expires_at: new Date(0),
    };
    const hold: HoldRow = {
      _id: request.hold_id,
      account_id: orgId === null ? accountIdOf(userId) : orgAccountIdOf(orgId),
      user_id: userId,
      chat_session_id: request.chat_session_id,
      model: request.model,
      price_id: price._id,
      service,
      state: 'held',
      ...opening,
      opening,
      used_ucr: 0n,
      ttl_seconds: request.ttl_seconds,
      progress_seq: 0,
      charged_ucr: 0n,
      released_ucr: 0n,
      uncollected_ucr: 0n,
      request_hash: requestHash({ operation: 'hold', service, userId, orgId: orgId ?? undefined, ...request }),
      created_at: this.clock.date(),
    };
    return { hold, affordable: (funds) => affordableOutput(funds, tokens.input, rates, maxTokenCount) };
  }

  /** @returns undefined when the account could not bear it, with nothing changed */
  private async place({ hold, affordable }: Draft): Promise<HoldRow | undefined> {
    try {
      return await this.queue.run(hold.account_id, async (session) => {
        // The hold's own id comes first: a repeated request ends here and never touches the account.
        await this.holds.insertMany([hold], { session });
        const caps = await this.capsOf(hold, session);
        await this.caps.hold(caps, hold.amount_ucr, session);
        const { balance_after_ucr, held_after_ucr } = await this.ledger.post(session, toPosting(hold));
        const beside = balance_after_ucr - held_after_ucr;
        const underCap = (await this.caps.tightest(caps, session)) ?? beside;
        const funds = hold.amount_ucr + (underCap < beside ? underCap : beside);
        return this.startLife(hold, caps, affordable(funds), session);
      });
    } catch (error) {
      if (error instanceof PostingRefused || error instanceof CapReached) return undefined;
      throw error;
    }
  }

  private startLife(
    { _id, ttl_seconds }: HoldRow,
    caps: string[],
    affordable: number,
    session: ClientSession,
  ): Promise<HoldRow> {
    const end = { $add: ['$$NOW', ttl_seconds * 1_000] };
    const update = [
      {
        $set: {
          expires_at: end,
          opening: { expires_at: end, affordable_output_tokens: { $literal: affordable } },
          ...(caps.length > 0 ? { caps: { $literal: caps } } : {}),
        },
      },
    ];
    const options = { session, returnDocument: 'after', updatePipeline: true } as const;
    return this.holds.findOneAndUpdate({ _id }, update, options).orFail().exec();
  }

  /** The caps that count for a hold on the pool of an organisation; one's own account has none. */
  private async capsOf({ account_id, user_id }: HoldRow, session: ClientSession): Promise<string[]> {
    const [kind, orgId = ''] = account_id.split(':', 2);
    return kind === 'org' ? this.caps.of(orgId, user_id, session) : [];
  }

  /**
   * Finds out why the account could not bear the hold. A lack of credits is answered only after it was read in a transaction
   * that committed, together with the denial that every repetition will get.
   *
   * @returns undefined when there is no longer a reason
   */
  private async deny(hold: HoldRow): Promise<undefined> {
    const { account, denied } = await this.transactions.run((session) => this.storeDenial(hold, session));
    if (denied) throw toRefusal(denied);
    // A free call needs an account to be written on, even an empty one.
    if (!account) await this.accounts.open(hold.account_id);
    return undefined;
  }

  /** @returns the account, if there is one, and the denial if there is too little on it or under a member's cap */
  private async storeDenial(
    hold: HoldRow,
    session: ClientSession,
  ): Promise<{ account: AccountDocument | null; denied?: HoldRow }> {
    const account = await this.accounts.find(hold.account_id, session);
    const state = account ? stateOf(account) : neverUsed;
    const why = whyRefused(state, toPosting(hold));
    if (why === Refusal.frozen) throw LedgerErrors.accountFrozen();
    if (why === Refusal.tooManyHolds) throw HoldErrors.tooManyOpen();
    const short = why === Refusal.insufficient ? available(state) : await this.shortOfCap(hold, session);
    if (short === undefined) return { account };
    const deniedFor = why === Refusal.insufficient ? ('credits' as const) : ('member_cap' as const);
    const denied = { ...hold, state: 'denied' as const, available_ucr: short, denied_for: deniedFor };
    await this.holds.insertMany([denied], { session });
    return { account, denied };
  }

  private async shortOfCap(hold: HoldRow, session: ClientSession): Promise<bigint | undefined> {
    const left = await this.caps.tightest(await this.capsOf(hold, session), session);
    return left !== undefined && left < hold.amount_ucr ? left : undefined;
  }

  private async replay(draft: HoldRow, cause: unknown): Promise<Placement> {
    const hold = await this.holds.findOne({ _id: draft._id }).exec();
    if (!hold) throw LedgerErrors.invariant(cause);
    if (hold.request_hash !== draft.request_hash) throw HoldErrors.idempotencyMismatch();
    if (hold.state === 'denied') throw toRefusal(hold);
    return { hold, replayed: true };
  }
}

function toRefusal({ amount_ucr: required, available_ucr: there = 0n, denied_for: lack }: HoldRow): Error {
  return lack === 'member_cap' ? HoldErrors.capReached(required, there) : HoldErrors.insufficient(required, there);
}

const toPosting = (hold: HoldRow): Posting =>
  holdPosting(hold._id, hold.account_id, hold.amount_ucr, { actor: `svc:${hold.service}`, priceId: hold.price_id });
