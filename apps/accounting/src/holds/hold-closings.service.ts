import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ReleaseHold, SettleHold } from '@parley/contracts';
import { Clock } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { stateOf } from '../accounts/account.schema.js';
import { AccountsService } from '../accounts/accounts.service.js';
import { LedgerErrors } from '../ledger/ledger.errors.js';
import { LedgerService, PostingRefused } from '../ledger/ledger.service.js';
import { LedgerTransactions } from '../ledger/ledger-transactions.js';
import { available, closingPosting, type PostingFacts } from '../ledger/posting.js';
import { requestHash } from '../ledger/request-hash.js';
import { PricesService } from '../prices/prices.service.js';
import { ratesOf } from '../prices/price-version.schema.js';
import { billable, type Closing, release, settlement } from './hold.js';
import { HoldErrors } from './holds.errors.js';
import { holdCollection, type HoldDocument, type HoldRow } from './hold.schema.js';
import { WHO_PAYS, type WhoPays } from './who-pays.js';

/** A hold after its end, and the balance that its closing entry left. */
export interface ClosedHoldResult {
  hold: HoldRow;
  balanceAfter: bigint;
}

/** How one request wants to end a hold. */
interface Closer {
  type: 'settle' | 'release';
  decide: (hold: HoldRow, session: ClientSession) => Promise<Closing>;
  /** The answer to a hold that is no longer held: passes for a repetition, throws for a contradiction. */
  requireSame: (hold: HoldRow) => void;
  fields: Partial<HoldRow>;
  facts: Omit<PostingFacts, 'actor'>;
}

const stateAfter = { settle: 'settled', release: 'released' } as const;

/**
 * Ends holds, each one once. Every way to end one goes through `close`: the same change of state, the same entry id. The
 * amounts come from the hold, its pinned price and the account; from the request comes only what was used.
 */
@Injectable()
export class HoldClosings {
  constructor(
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRow>,
    @Inject(WHO_PAYS) private readonly whoPays: WhoPays,
    private readonly prices: PricesService,
    private readonly accounts: AccountsService,
    private readonly ledger: LedgerService,
    private readonly transactions: LedgerTransactions,
    private readonly clock: Clock,
  ) {}

  /**
   * Charges what was used and returns the rest.
   * @throws DomainError `stream_session_mismatch`, `hold_not_found`, `settle_mismatch`, `hold_released`, `hold_denied`,
   *   `ledger_busy`
   */
  settle(service: string, holdId: string, request: SettleHold): Promise<ClosedHoldResult> {
    const { usage, outcome } = request;
    const settleHash = requestHash({ operation: 'settle', usage, outcome });
    return this.close(service, holdId, request.streaming_session_id, {
      type: 'settle',
      decide: (hold, session) => this.decideSettlement(hold, request, session),
      requireSame: (hold) => {
        if (hold.state === 'released') throw HoldErrors.released();
        if (hold.settle_hash !== settleHash) throw HoldErrors.settleMismatch();
      },
      fields: { usage, outcome, settle_hash: settleHash },
      facts: { usage, outcome, requestHash: settleHash },
    });
  }

  /**
   * Returns all of it, because nothing was generated.
   * @throws DomainError `stream_session_mismatch`, `hold_not_found`, `hold_settled`, `hold_denied`, `ledger_busy`
   */
  release(service: string, holdId: string, request: ReleaseHold): Promise<ClosedHoldResult> {
    return this.close(service, holdId, request.streaming_session_id, {
      type: 'release',
      decide: (hold) => Promise.resolve(release(hold.amount_ucr)),
      requireSame: (hold) => {
        if (hold.state !== 'released') throw HoldErrors.settled();
      },
      fields: {},
      facts: { reason: request.reason },
    });
  }

  private async close(
    service: string,
    holdId: string,
    streamingSessionId: string,
    closer: Closer,
  ): Promise<ClosedHoldResult> {
    if (streamingSessionId !== holdId) throw HoldErrors.streamMismatch();
    try {
      return await this.transactions.run(async (session) => {
        const hold = await this.holds.findOne({ _id: holdId, service }, null, { session });
        if (!hold) throw HoldErrors.notFound();
        if (hold.state === 'held') return this.closeHeld(hold, closer, session);
        if (hold.state === 'denied') throw HoldErrors.denied();
        closer.requireSame(hold);
        return { hold, balanceAfter: await this.balanceAtClosing(hold, session) };
      });
    } catch (error) {
      // An account that cannot bear the end of its own hold has lost track of it.
      throw error instanceof PostingRefused ? LedgerErrors.invariant(error) : error;
    }
  }

  private async closeHeld(hold: HoldDocument, closer: Closer, session: ClientSession): Promise<ClosedHoldResult> {
    const { charged, released, uncollected } = await closer.decide(hold, session);
    const actor = `svc:${hold.service}`;
    const closed = await this.holds.findOneAndUpdate(
      { _id: hold._id, state: 'held' },
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
      { session, returnDocument: 'after' },
    );
    if (!closed) throw LedgerErrors.busy(`${hold._id} left the state held inside a snapshot`);
    const movement = { holdId: hold._id, accountId: hold.account_id, held: hold.amount_ucr, charged };
    const facts = { ...closer.facts, actor, priceId: hold.price_id };
    const entry = await this.ledger.post(session, closingPosting(closer.type, movement, facts));
    return { hold: closed, balanceAfter: entry.balance_after_ucr };
  }

  private async decideSettlement(hold: HoldRow, request: SettleHold, session: ClientSession): Promise<Closing> {
    const price = await this.prices.version(hold.price_id, session);
    const actual = billable(request, ratesOf(price), this.whoPays.chargeOnUpstreamError);
    if (actual <= hold.amount_ucr) return settlement(hold.amount_ucr, actual, 0n);
    // Only now does it matter what else the account has; reading it earlier would make every settlement wait for it.
    const account = await this.accounts.find(hold.account_id, session);
    return settlement(hold.amount_ucr, actual, account ? available(stateOf(account)) : 0n);
  }

  private async balanceAtClosing(hold: HoldRow, session: ClientSession): Promise<bigint> {
    const entry = await this.ledger.findEntry(`close:${hold._id}`, session);
    if (!entry) throw LedgerErrors.invariant(`${hold._id} is closed without an entry`);
    return entry.balance_after_ucr;
  }
}
