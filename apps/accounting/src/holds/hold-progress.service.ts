import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ProgressHold } from '@parley/contracts';
import type { ClientSession, Model } from 'mongoose';
import { type AccountDocument, stateOf } from '../accounts/account.schema.js';
import { AccountsService } from '../accounts/accounts.service.js';
import { LedgerErrors } from '../ledger/ledger.errors.js';
import { LedgerService, PostingRefused } from '../ledger/ledger.service.js';
import { LedgerTransactions } from '../ledger/ledger-transactions.js';
import { available, type Posting, Refusal, topUpPosting, whyRefused } from '../ledger/posting.js';
import { requestHash } from '../ledger/request-hash.js';
import { CapReached, MemberCaps } from '../member-caps/member-caps.service.js';
import type { Rates } from '../prices/cost.js';
import { PricesService } from '../prices/prices.service.js';
import { ratesOf } from '../prices/price-version.schema.js';
import { type HoldSize, sizeFor, usedWithin } from './hold.js';
import { HoldErrors } from './holds.errors.js';
import { holdCollection, type HoldDocument, type HoldRow } from './hold.schema.js';

/** What was looked up for one progress. */
interface Reported {
  hold: HoldDocument;
  request: ProgressHold;
  rates: Rates;
}

const isAlive = { state: 'held', $expr: { $gt: ['$expires_at', '$$NOW'] } } as const;

/** Keeps holds alive while the work goes on, and makes them larger. Nothing here ever makes a hold smaller or shorter. */
@Injectable()
export class HoldProgress {
  constructor(
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRow>,
    private readonly prices: PricesService,
    private readonly accounts: AccountsService,
    private readonly ledger: LedgerService,
    private readonly caps: MemberCaps,
    private readonly transactions: LedgerTransactions,
  ) {}

  /**
   * Notes what was used so far and, if asked to, covers more. A number that was seen before changes nothing.
   * @throws DomainError `stream_session_mismatch`, `hold_not_found`, `hold_closed`, `hold_expired`, `hold_denied`,
   *   `top_up_denied` or `member_cap_reached`, after which the hold stays as large as it was and alive, `account_frozen`, `ledger_busy`
   */
  async report(service: string, holdId: string, request: ProgressHold): Promise<HoldRow> {
    if (request.streaming_session_id !== holdId) throw HoldErrors.streamMismatch();
    try {
      return await this.transactions.run(async (session) => {
        const reported = await this.read(service, holdId, request, session);
        return reported.hold.progress_seq >= request.seq ? reported.hold : this.note(reported, session);
      });
    } catch (error) {
      if (!(error instanceof PostingRefused || error instanceof CapReached)) throw error;
      throw await this.denial(service, holdId, request);
    }
  }

  private async read(
    service: string,
    holdId: string,
    request: ProgressHold,
    session: ClientSession,
  ): Promise<Reported> {
    const hold = await this.holds.findOne({ _id: holdId, service }, null, { session });
    if (!hold) throw HoldErrors.notFound();
    if (hold.state === 'denied') throw HoldErrors.denied();
    if (hold.state === 'expired') throw HoldErrors.expired();
    if (hold.state !== 'held') throw HoldErrors.closed();
    return { hold, request, rates: ratesOf(await this.prices.version(hold.price_id, session)) };
  }

  private async note(reported: Reported, session: ClientSession): Promise<HoldRow> {
    const { hold, request, rates } = reported;
    const size = sizeFor(hold, request, rates);
    const noted = await this.write(hold, { ...size, progress_seq: request.seq }, session);
    if (size.amount_ucr === hold.amount_ucr) return noted;
    await this.caps.hold(hold.caps ?? [], size.amount_ucr - hold.amount_ucr, session);
    await this.ledger.post(session, toPosting(reported, size));
    return noted;
  }

  /** One compare-and-set: a hold that has ended or is overdue by the database's clock is left alone. */
  private async write(
    { _id, ttl_seconds }: HoldRow,
    fields: Partial<HoldSize & Pick<HoldRow, 'progress_seq'>>,
    session: ClientSession,
  ): Promise<HoldRow> {
    const literals = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { $literal: value }]));
    const end = { $max: ['$expires_at', { $add: ['$$NOW', ttl_seconds * 1_000] }] };
    const noted = await this.holds.findOneAndUpdate({ _id, ...isAlive }, [{ $set: { ...literals, expires_at: end } }], {
      session,
      returnDocument: 'after',
      updatePipeline: true,
    });
    if (!noted) throw HoldErrors.expired();
    return noted;
  }

  /**
   * The refusal, given only after the account was read in a transaction that committed. That commit also notes what was used:
   * the work went on until now, whether or not it may go on further.
   */
  private async denial(service: string, holdId: string, request: ProgressHold): Promise<Error> {
    const { account, posting, missing, underCap } = await this.transactions.run(async (session) => {
      const reported = await this.read(service, holdId, request, session);
      const { hold, rates } = reported;
      const size = sizeFor(hold, request, rates);
      await this.write(hold, { used_ucr: usedWithin(hold.amount_ucr, hold, request.usage, rates) }, session);
      const account = await this.accounts.find(hold.account_id, session);
      const underCap = await this.caps.tightest(hold.caps ?? [], session);
      return { account, posting: toPosting(reported, size), missing: size.amount_ucr - hold.amount_ucr, underCap };
    });
    if (underCap !== undefined && underCap < missing) return HoldErrors.capReached(missing, underCap);
    return toDenial(account, posting, missing);
  }
}

function toDenial(account: AccountDocument | null, posting: Posting, missing: bigint): Error {
  if (!account) return LedgerErrors.invariant(`${posting.accountId} has a hold and is gone`);
  const state = stateOf(account);
  const why = whyRefused(state, posting);
  if (why === Refusal.frozen) return LedgerErrors.accountFrozen();
  return why === Refusal.insufficient ? HoldErrors.topUpDenied(missing, available(state)) : LedgerErrors.busy();
}

function toPosting({ hold, request }: Reported, size: HoldSize): Posting {
  const more = { seq: request.seq, amount: size.amount_ucr - hold.amount_ucr };
  return topUpPosting(hold._id, hold.account_id, more, {
    actor: `svc:${hold.service}`,
    priceId: hold.price_id,
    usage: request.usage,
    requestHash: requestHash({ operation: 'progress', ...request }),
  });
}
