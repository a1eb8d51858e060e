import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { accountIdOf, type AccountRecord, orgAccountIdOf, stateOf } from '../ledger/account.schema.js';
import { LedgerErrors } from '../ledger/ledger.errors.js';
import { LedgerService } from '../ledger/ledger.service.js';
import { OperationsService } from '../ledger/operations.service.js';
import { type AccountState, available, holdPosting, type Posting } from '../ledger/posting.js';
import { Refusal, whyRefused } from '../ledger/refusal.js';
import { requestHash } from '../ledger/request-hash.js';
import { MemberCapsService } from '../member-caps/member-caps.service.js';
import { highestCost } from '../prices/cost.js';
import { ratesOf } from '../prices/price-version.schema.js';
import { PricesService } from '../prices/prices.service.js';
import type { Subject } from './hold-subject.js';
import { holdCollection, type HoldRecord } from './hold.schema.js';
import type { HoldRequest } from './holds.dto.js';
import { HoldErrors } from './holds.errors.js';
import { keyOf } from './hold.js';
import { capRefusal } from './cap-refusal.js';
import { type Promised, promiseOf } from './promised.js';
import { PromisesService } from './promises.service.js';

export interface Placement {
  hold: HoldRecord;
  replayed: boolean;
}

/** A hold before it is placed, and what it is promised when so many credits are free. */
interface Draft {
  hold: HoldRecord;
  /** Whether it was said what the answer may come to. */
  isBounded: boolean;
  promiseOf: (freeUcr: bigint) => Promised;
}

const neverUsed: AccountState = { status: 'active', balance: 0n, held: 0n, openHolds: 0 };

/** Sets credits aside. HoldClosingsService ends what is held. */
@Injectable()
export class HoldsService {
  constructor(
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRecord>,
    private readonly prices: PricesService,
    private readonly operations: OperationsService,
    private readonly ledger: LedgerService,
    private readonly caps: MemberCapsService,
    private readonly promises: PromisesService,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError `hold_not_found`, also for another service's hold */
  async find(service: string, holdId: string): Promise<HoldRecord> {
    const hold = await this.holds.findOne({ _id: holdId, service }).exec();
    if (!hold) throw HoldErrors.notFound();
    return hold;
  }

  /**
   * Holds the most that the call can cost at the current price. The same request again gets the same answer; one that was
   * refused has left nothing behind and is decided anew.
   * @throws DomainError `model_not_priced`, `insufficient_credits`, `member_cap_reached`, `api_key_cap_reached`, `account_frozen`, `too_many_open_holds`,
   *   `idempotency_mismatch`, `ledger_busy`
   */
  async create(service: string, subject: Subject, request: HoldRequest): Promise<Placement> {
    const draft = await this.draft(service, subject, request);
    const { hold } = draft;
    if (subject.apiKey) await this.caps.ensureOfKey(subject.apiKey, hold);
    return this.operations.run(hold.account_id, (transaction) => this.decide(draft, transaction));
  }

  private async draft(service: string, { userId, orgId, apiKey }: Subject, request: HoldRequest): Promise<Draft> {
    const price = await this.prices.current(request.model);
    const rates = ratesOf(price);
    const tokens = { input: request.input_tokens, output: request.max_output_tokens };
    const opening = {
      amount_ucr: highestCost(tokens, rates),
      max_output_tokens: request.max_output_tokens,
      // The database's own clock says when, at the moment of the insertion.
      expires_at: new Date(0),
    };
    const hold: HoldRecord = {
      _id: request.hold_id,
      account_id: orgId === null ? accountIdOf(userId) : orgAccountIdOf(orgId),
      user_id: userId,
      ...(apiKey ? { api_key_id: apiKey.id } : {}),
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
    const isBounded = request.wanted_output_tokens !== undefined;
    return { hold, isBounded, promiseOf: (freeUcr) => promiseOf(request, freeUcr, rates) };
  }

  /**
   * A refusal is answered only after what it was decided on was read in a transaction that committed.
   * @returns what places the hold; undefined when a free call needs an account to be written on
   */
  private async decide(draft: Draft, transaction: ClientSession): Promise<() => Promise<Placement | undefined>> {
    const { hold } = draft;
    // The hold's own id comes first: a repeated request ends here and never touches the account.
    const earlier = await this.holds.findOne({ _id: hold._id }, null, { session: transaction });
    if (earlier) return this.replay(hold, earlier);
    const account = await this.ledger.accountAt(transaction, hold.account_id);
    const state = account ? stateOf(account) : neverUsed;
    const why = whyRefused(state, toPosting(hold));
    if (why === Refusal.frozen) throw LedgerErrors.accountFrozen();
    if (why === Refusal.tooManyHolds) throw HoldErrors.tooManyOpen();
    if (why === Refusal.insufficient) throw HoldErrors.insufficient(hold.amount_ucr, available(state));
    const caps = await this.capsOf(hold, transaction);
    const underCap = await this.caps.tightest(caps, transaction);
    if (underCap !== undefined && underCap < hold.amount_ucr)
      throw await capRefusal(this.caps, caps, { requiredUcr: hold.amount_ucr, leftUcr: underCap }, transaction);
    if (!account) return () => Promise.resolve(undefined);
    const promised = draft.promiseOf(await this.freeFor(draft, account, caps, transaction));
    return async () => {
      const placed = await this.insert(hold, caps, promised, transaction);
      this.promises.note(placed, transaction);
      await this.caps.count(caps, { held: hold.amount_ucr, charged: 0n }, transaction);
      await this.ledger.post(transaction, toPosting(hold));
      return { hold: placed, replayed: false };
    };
  }

  /**
   * What is neither held nor promised to other holds, on the account and under the tightest cap.
   * @throws DomainError when that is nothing, for a call that costs something and says what it may come to
   */
  private async freeFor(
    { hold, isBounded }: Draft,
    account: AccountRecord,
    caps: string[],
    transaction: ClientSession,
  ): Promise<bigint> {
    const promises = await this.promises.on(account, transaction);
    const onAccount = available(stateOf(account)) - promises.beyond();
    const reserved = (capId: string) => promises.beyond(capId);
    const underCap = await this.caps.tightest(caps, transaction, reserved);
    if (isBounded && hold.amount_ucr > 0n) {
      if (onAccount <= 0n) throw HoldErrors.insufficient(hold.amount_ucr, 0n);
      if (underCap === 0n) {
        const excess = { requiredUcr: hold.amount_ucr, leftUcr: 0n };
        throw await capRefusal(this.caps, caps, excess, transaction, reserved);
      }
    }
    return underCap !== undefined && underCap < onAccount ? underCap : onAccount;
  }

  /**
   * One statement, in which the database's own clock says when the hold ends. An existing hold does not match, so it ends
   * in a duplicate key and is never overwritten.
   */
  private insert(
    hold: HoldRecord,
    caps: string[],
    promised: Promised,
    transaction: ClientSession,
  ): Promise<HoldRecord> {
    const end = { $add: ['$$NOW', hold.ttl_seconds * 1_000] };
    const opening = { ...hold.opening, affordable_output_tokens: promised.affordable_output_tokens };
    const record = { ...hold, promised_ucr: promised.promised_ucr, ...(caps.length > 0 ? { caps } : {}) };
    const byClock = { expires_at: end, opening: { $mergeObjects: [{ $literal: opening }, { expires_at: end }] } };
    const update = [{ $replaceWith: { $mergeObjects: [{ $literal: record }, byClock] } }];
    const options = { session: transaction, upsert: true, returnDocument: 'after', updatePipeline: true } as const;
    const isNew = { _id: hold._id, state: { $exists: false } };
    return this.holds.findOneAndUpdate(isNew, update, options).orFail().exec();
  }

  /** The caps that count for a hold: the member's on the pool of an organisation, and the key's own. */
  private async capsOf(hold: HoldRecord, transaction: ClientSession): Promise<string[]> {
    const { account_id, user_id, api_key_id: keyId } = hold;
    const [kind, orgId = ''] = account_id.split(':', 2);
    const ofMember = kind === 'org' ? await this.caps.of(orgId, user_id, transaction) : [];
    return keyId === undefined ? ofMember : [...ofMember, ...(await this.caps.ofKey(keyId, transaction))];
  }

  private replay(asked: HoldRecord, hold: HoldRecord): () => Promise<Placement> {
    if (hold.request_hash !== asked.request_hash) throw HoldErrors.idempotencyMismatch();
    return () => Promise.resolve({ hold, replayed: true });
  }
}

const toPosting = (hold: HoldRecord): Posting =>
  holdPosting(hold._id, hold.account_id, hold.amount_ucr, {
    ...keyOf(hold),
    actor: `svc:${hold.service}`,
    priceId: hold.price_id,
  });
