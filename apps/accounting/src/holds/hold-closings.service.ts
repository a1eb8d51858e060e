import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ReleaseHold, SettleHold } from '@parley/contracts';
import { Clock } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { AccountQueue } from '../ledger/account-queue.js';
import { stateOf } from '../ledger/account.schema.js';
import { LedgerService } from '../ledger/ledger.service.js';
import { available, closingPosting, lateSettlementPosting, type PostingFacts } from '../ledger/posting.js';
import { PostingRefused } from '../ledger/posting-batch.js';
import { requestHash } from '../ledger/request-hash.js';
import { toUsage } from '../ledger/usage.schema.js';
import { MemberCapsService } from '../member-caps/member-caps.service.js';
import { ratesOf } from '../prices/price-version.schema.js';
import { PricesService } from '../prices/prices.service.js';
import { TransactionErrors } from '../transactions/transactions.errors.js';
import {
  beyond,
  billable,
  type Closing,
  expiry,
  isSettledLate,
  keyOf,
  lateSettlement,
  release,
  settlement,
  writtenOff,
} from './hold.js';
import { holdCollection, type HoldRecord } from './hold.schema.js';
import { HoldErrors } from './holds.errors.js';
import { PromisesService } from './promises.service.js';
import { SettlementLosses } from './settlement-losses.js';
import { WHO_PAYS, type WhoPays } from './who-pays.js';

/** A hold after its end, and the balance that its closing entry left. */
export interface ClosedHoldResult {
  hold: HoldRecord;
  balanceAfter: bigint;
  /** What was written off by it. */
  writtenOff: bigint;
  /** Whether it had been ended before, by the same request. */
  replayed: boolean;
}

/** How one request wants to end a hold. */
interface Closer {
  type: 'settle' | 'release' | 'expire';
  decide: (hold: HoldRecord, transaction: ClientSession) => Promise<Decision>;
  /** What must be true of the hold beside its state, in the words of the database. */
  guard?: Record<string, unknown>;
  fields: Partial<HoldRecord>;
  facts: Omit<PostingFacts, 'actor'> & { actor?: string };
}
/** Writes down what was decided. */
type Writing = () => Promise<ClosedHoldResult>;
type Decision = Closing & { writtenOff?: bigint };

const stateAfter = { settle: 'settled', release: 'released', expire: 'expired' } as const;

/** By the database's own clock: an application's clock may be wrong. */
const isOverdue = { $expr: { $lte: ['$expires_at', '$$NOW'] } };

/**
 * Ends holds, each one once. Every way to end one goes through `closeHeld`: the same change of state, the same entry id. The
 * amounts come from the hold, its pinned price and the account; the request says only what was used.
 */
@Injectable()
export class HoldClosingsService {
  constructor(
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRecord>,
    @Inject(WHO_PAYS) private readonly whoPays: WhoPays,
    private readonly prices: PricesService,
    private readonly ledger: LedgerService,
    private readonly caps: MemberCapsService,
    private readonly promises: PromisesService,
    private readonly losses: SettlementLosses,
    private readonly queue: AccountQueue,
    private readonly clock: Clock,
  ) {}

  /**
   * Charges what was used and returns the rest; a hold that has already expired is charged the difference.
   * @throws DomainError `stream_session_mismatch`, `hold_not_found`, `settle_mismatch`, `hold_released`, `ledger_busy`
   */
  async settle(service: string, holdId: string, request: SettleHold): Promise<ClosedHoldResult> {
    const { usage, outcome, streaming_session_id: sent } = request;
    const settleHash = requestHash({ operation: 'settle', usage, outcome });
    const closer: Closer = {
      type: 'settle',
      decide: (hold, transaction) => this.decideSettlement(hold, request, transaction),
      fields: { usage, outcome, settle_hash: settleHash },
      facts: { usage, outcome, requestHash: settleHash },
    };
    const closed = await this.inTransaction(service, holdId, sent, (hold, transaction) => {
      if (hold.state === 'held') return this.closeHeld(hold, closer, transaction);
      if (hold.state === 'expired') return this.settleLate(hold, request, closer, transaction);
      if (hold.state === 'released') throw HoldErrors.released();
      if (hold.settle_hash !== settleHash) throw HoldErrors.settleMismatch();
      return this.replay(hold, transaction);
    });
    if (!closed.replayed) this.losses.count(closed.hold, closed.writtenOff);
    return closed;
  }

  /**
   * Returns all of it, because nothing was generated. A hold that expired without a charge stays as it is.
   * @throws DomainError `stream_session_mismatch`, `hold_not_found`, `hold_settled`, `ledger_busy`
   */
  release(service: string, holdId: string, request: ReleaseHold): Promise<ClosedHoldResult> {
    const closer: Closer = {
      type: 'release',
      decide: (hold) => Promise.resolve(release(hold.amount_ucr)),
      fields: {},
      facts: { reason: request.reason },
    };
    return this.inTransaction(service, holdId, request.streaming_session_id, (hold, transaction) => {
      if (hold.state === 'held') return this.closeHeld(hold, closer, transaction);
      // An expiry that charged nothing has already returned all of it.
      const isReturned = hold.state === 'expired' && hold.charged_ucr === 0n;
      if (hold.state !== 'released' && !isReturned) throw HoldErrors.settled();
      return this.replay(hold, transaction);
    });
  }

  /** Charges what an abandoned hold had reported and returns the rest. @returns whether it was this call that did so */
  async expire({ _id: holdId, account_id: accountId }: Pick<HoldRecord, '_id' | 'account_id'>): Promise<boolean> {
    return this.queue.run(accountId, async (transaction) => {
      const hold = await this.holds.findOne({ _id: holdId, state: 'held', ...isOverdue }, null, {
        session: transaction,
      });
      if (!hold) return () => Promise.resolve(false);
      const usage = hold.reported ? { usage: toUsage(hold.reported) } : {};
      const closer: Closer = {
        type: 'expire',
        decide: () => Promise.resolve(expiry(hold.amount_ucr, hold.used_ucr)),
        guard: isOverdue,
        fields: {},
        facts: { actor: 'svc:accounting', reason: 'no sign of life', ...usage },
      };
      const close = await this.closeHeld(hold, closer, transaction);
      return async () => Boolean(await close());
    });
  }

  private async inTransaction(
    service: string,
    holdId: string,
    streamingSessionId: string,
    decide: (hold: HoldRecord, transaction: ClientSession) => Promise<Writing>,
  ): Promise<ClosedHoldResult> {
    if (streamingSessionId !== holdId) throw HoldErrors.streamMismatch();
    try {
      // This first read only finds the queue to wait in; a hold never changes its account.
      const account = (await this.holds.findOne({ _id: holdId, service }, { account_id: 1 }))?.account_id;
      if (account === undefined) throw HoldErrors.notFound();
      return await this.queue.run(account, async (transaction) => {
        const hold = await this.holds.findOne({ _id: holdId, service }, null, { session: transaction });
        if (!hold) throw HoldErrors.notFound();
        return decide(hold, transaction);
      });
    } catch (error) {
      // An account that cannot bear the closing of its own hold does not add up.
      throw error instanceof PostingRefused ? TransactionErrors.invariant(error) : error;
    }
  }

  private async closeHeld(hold: HoldRecord, closer: Closer, transaction: ClientSession): Promise<Writing> {
    const decision = await closer.decide(hold, transaction);
    return () => this.close(hold, closer, decision, transaction);
  }

  private async close(
    hold: HoldRecord,
    closer: Closer,
    { charged, released, uncollected, writtenOff }: Decision,
    transaction: ClientSession,
  ): Promise<ClosedHoldResult> {
    const actor = closer.facts.actor ?? `svc:${hold.service}`;
    const closed = await this.holds.findOneAndUpdate(
      { _id: hold._id, state: 'held', ...closer.guard },
      {
        $set: {
          ...closer.fields,
          state: stateAfter[closer.type],
          charged_ucr: charged,
          released_ucr: released,
          uncollected_ucr: uncollected,
          closed_by: actor,
          closed_at: this.clock.date(),
        },
      },
      { session: transaction, returnDocument: 'after' },
    );
    if (!closed) throw TransactionErrors.busy(`${hold._id} left the state held inside a snapshot`);
    this.promises.note(closed, transaction);
    const movement = { holdId: hold._id, accountId: hold.account_id, held: hold.amount_ucr, charged };
    const facts = {
      ...closer.facts,
      ...keyOf(hold),
      actor,
      priceId: hold.price_id,
      ...(writtenOff ? { writtenOff } : {}),
    };
    await this.caps.count(hold.caps ?? [], { held: -hold.amount_ucr, charged }, transaction);
    const entry = await this.ledger.post(transaction, closingPosting(closer.type, movement, facts));
    return { hold: closed, balanceAfter: entry.balance_after_ucr, writtenOff: writtenOff ?? 0n, replayed: false };
  }

  private async settleLate(
    hold: HoldRecord,
    request: SettleHold,
    closer: Closer,
    transaction: ClientSession,
  ): Promise<Writing> {
    const { actual, writtenOff } = await this.priced(hold, request, transaction);
    const availableNow = await this.availableOn(hold.account_id, transaction);
    // What the expiry charged is paid for already, so it is not written off again.
    const ours = beyond(writtenOff, hold.charged_ucr);
    const decision = { ...lateSettlement(actual, hold.charged_ucr, availableNow), writtenOff: ours };
    return () => this.chargeLate(hold, closer, decision, transaction);
  }

  private async chargeLate(
    hold: HoldRecord,
    closer: Closer,
    { charged, uncollected, writtenOff }: Pick<Closing, 'charged' | 'uncollected'> & { writtenOff: bigint },
    transaction: ClientSession,
  ): Promise<ClosedHoldResult> {
    const fields = { ...closer.fields, state: 'late' as const, late: true, uncollected_ucr: uncollected };
    const settled = await this.holds.findOneAndUpdate(
      { _id: hold._id, state: 'expired' },
      { $set: { ...fields, charged_ucr: hold.charged_ucr + charged } },
      { session: transaction, returnDocument: 'after' },
    );
    if (!settled) throw TransactionErrors.busy(`${hold._id} left the state expired inside a snapshot`);
    const facts = { ...closer.facts, ...keyOf(hold), actor: `svc:${hold.service}`, priceId: hold.price_id, writtenOff };
    const movement = { holdId: hold._id, accountId: hold.account_id, charged };
    await this.caps.count(hold.caps ?? [], { held: 0n, charged }, transaction);
    const entry = await this.ledger.post(transaction, lateSettlementPosting(movement, facts));
    return { hold: settled, balanceAfter: entry.balance_after_ucr, writtenOff, replayed: false };
  }

  private async decideSettlement(hold: HoldRecord, request: SettleHold, transaction: ClientSession): Promise<Decision> {
    const { actual, writtenOff } = await this.priced(hold, request, transaction);
    if (actual <= hold.amount_ucr) return { ...settlement(hold.amount_ucr, actual, 0n), writtenOff };
    // The account matters only from here on; reading it earlier would slow down every settlement.
    return settlement(hold.amount_ucr, actual, await this.availableOn(hold.account_id, transaction));
  }

  private async priced(hold: HoldRecord, request: SettleHold, transaction: ClientSession) {
    const rates = ratesOf(await this.prices.version(hold.price_id, transaction));
    const { chargeOnUpstreamError } = this.whoPays;
    return {
      actual: billable(request, rates, chargeOnUpstreamError),
      writtenOff: writtenOff(request, rates, chargeOnUpstreamError),
    };
  }

  private async availableOn(accountId: string, transaction: ClientSession): Promise<bigint> {
    const account = await this.ledger.accountAt(transaction, accountId);
    return account ? available(stateOf(account)) : 0n;
  }

  private async replay(hold: HoldRecord, transaction: ClientSession): Promise<Writing> {
    const entry = await this.ledger.findEntry(`${isSettledLate(hold) ? 'late' : 'close'}:${hold._id}`, transaction);
    if (!entry) throw TransactionErrors.invariant(`${hold._id} is closed without an entry`);
    return () => Promise.resolve({ hold, balanceAfter: entry.balance_after_ucr, writtenOff: 0n, replayed: true });
  }
}
