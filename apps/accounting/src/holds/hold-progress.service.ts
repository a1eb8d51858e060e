import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ProgressHold } from '@parley/contracts';
import type { DomainError } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { AccountQueue } from '../ledger/account-queue.js';
import { stateOf } from '../ledger/account.schema.js';
import { LedgerErrors } from '../ledger/ledger.errors.js';
import { LedgerService } from '../ledger/ledger.service.js';
import { available, type Posting, topUpPosting } from '../ledger/posting.js';
import { Refusal, whyRefused } from '../ledger/refusal.js';
import { PostingRefused } from '../ledger/posting-batch.js';
import { requestHash } from '../ledger/request-hash.js';
import { MemberCapsService } from '../member-caps/member-caps.service.js';
import type { Rates } from '../prices/cost.js';
import { ratesOf } from '../prices/price-version.schema.js';
import { PricesService } from '../prices/prices.service.js';
import { durable, toLedgerError } from '../transactions/ledger-transactions.js';
import { TransactionErrors } from '../transactions/transactions.errors.js';
import { capRefusal } from './cap-refusal.js';
import { costOf, type HoldSize, keyOf, sizeFor, usedWithin } from './hold.js';
import { holdCollection, type HoldRecord } from './hold.schema.js';
import { HoldErrors } from './holds.errors.js';
import { PromisesService } from './promises.service.js';

/** What was looked up for one progress. */
interface Reported {
  hold: HoldRecord;
  request: ProgressHold;
  rates: Rates;
}

/** What a progress writes of a hold. */
type Noted = Partial<HoldSize & Pick<HoldRecord, 'progress_seq' | 'reported'>>;

/** What a progress is answered: the hold, or why it could not grow. */
type Answer = { hold: HoldRecord } | { denial: DomainError };

const isAlive = { state: 'held', $expr: { $gt: ['$expires_at', '$$NOW'] } } as const;

/** Keeps holds alive while the work goes on, and makes them larger. Nothing here ever makes a hold smaller or shorter. */
@Injectable()
export class HoldProgressService {
  constructor(
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRecord>,
    private readonly prices: PricesService,
    private readonly ledger: LedgerService,
    private readonly caps: MemberCapsService,
    private readonly promises: PromisesService,
    private readonly queue: AccountQueue,
  ) {}

  /**
   * Notes what was used so far and, if asked to, covers more. A number that was seen before has no effect.
   * @throws DomainError `stream_session_mismatch`, `hold_not_found`, `hold_closed`, `hold_expired`, `top_up_denied`, `member_cap_reached` or `api_key_cap_reached`, after which the hold stays alive and keeps its size, `account_frozen`, `ledger_busy`
   */
  async report(service: string, holdId: string, request: ProgressHold): Promise<HoldRecord> {
    if (request.streaming_session_id !== holdId) throw HoldErrors.streamMismatch();
    const seen = await this.read(service, holdId, request);
    const kept = await this.keepAlive(seen);
    if (kept) return kept;
    try {
      const answer = await this.queue.run(seen.hold.account_id, (transaction) =>
        this.decide(service, holdId, request, transaction),
      );
      if ('denial' in answer) throw answer.denial;
      return answer.hold;
    } catch (error) {
      throw error instanceof PostingRefused ? TransactionErrors.busy(error) : error;
    }
  }

  private async read(
    service: string,
    holdId: string,
    request: ProgressHold,
    transaction?: ClientSession,
  ): Promise<Reported> {
    const hold = await this.holds.findOne(
      { _id: holdId, service },
      null,
      transaction ? { session: transaction } : durable,
    );
    if (!hold) throw HoldErrors.notFound();
    if (hold.state === 'expired') throw HoldErrors.expired();
    if (hold.state !== 'held') throw HoldErrors.closed();
    return { hold, request, rates: ratesOf(await this.prices.version(hold.price_id, transaction)) };
  }

  /**
   * A sign of life that moves no credits is a single statement and needs no queue.
   * @returns undefined when the account has to be asked, or when the hold has changed since it was read
   */
  private async keepAlive(reported: Reported): Promise<HoldRecord | undefined> {
    const { hold, request, rates } = reported;
    const { amount_ucr, used_ucr, progress_seq } = hold;
    if (progress_seq >= request.seq) return hold;
    const size = sizeFor(hold, request, rates);
    if (size.amount_ucr > amount_ucr) return undefined;
    const asRead = { amount_ucr, used_ucr, progress_seq };
    const fields = { ...size, ...usageOf(reported), progress_seq: request.seq };
    const noted = await this.write(hold, fields, { where: asRead }).catch((error: unknown) =>
      Promise.reject(toLedgerError(error) as Error),
    );
    return noted ?? undefined;
  }

  private async decide(
    service: string,
    holdId: string,
    request: ProgressHold,
    transaction: ClientSession,
  ): Promise<() => Promise<Answer>> {
    const reported = await this.read(service, holdId, request, transaction);
    const { hold, rates } = reported;
    if (hold.progress_seq >= request.seq) return () => Promise.resolve({ hold });
    if (!(await this.holds.exists({ _id: holdId, ...isAlive }).session(transaction))) throw HoldErrors.expired();
    const size = sizeFor(hold, request, rates);
    const denial = await this.denialOf(reported, size, transaction);
    if (!denial) return () => this.grow(reported, size, transaction);
    // Whatever happens next, the work up to now was done.
    const used = usedWithin(hold.amount_ucr, hold, request.usage, rates);
    return () => this.note(hold, { used_ucr: used, ...usageOf(reported) }, transaction, { denial });
  }

  private async grow(reported: Reported, size: HoldSize, transaction: ClientSession): Promise<Answer> {
    const { hold, request } = reported;
    const missing = size.amount_ucr - hold.amount_ucr;
    if (missing > 0n) {
      await this.caps.count(hold.caps ?? [], { held: missing, charged: 0n }, transaction);
      await this.ledger.post(transaction, toPosting(reported, size));
    }
    return this.note(hold, { ...size, ...usageOf(reported), progress_seq: request.seq }, transaction);
  }

  private async note(hold: HoldRecord, fields: Noted, transaction: ClientSession, answer?: Answer): Promise<Answer> {
    const noted = await this.write(hold, fields, { transaction });
    if (!noted) throw HoldErrors.expired();
    this.promises.note(noted, transaction);
    return answer ?? { hold: noted };
  }

  /** One compare-and-set: a hold that has ended or is overdue by the database's clock is left alone. */
  private write(
    { _id, ttl_seconds }: HoldRecord,
    fields: Noted,
    { where = {}, transaction }: { where?: Noted; transaction?: ClientSession },
  ): Promise<HoldRecord | null> {
    const literals = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { $literal: value }]));
    const end = { $max: ['$expires_at', { $add: ['$$NOW', ttl_seconds * 1_000] }] };
    return this.holds
      .findOneAndUpdate({ _id, ...where, ...isAlive }, [{ $set: { ...literals, expires_at: end } }], {
        ...(transaction ? { session: transaction } : {}),
        returnDocument: 'after',
        updatePipeline: true,
      })
      .exec();
  }

  /** Why a hold cannot become so large, as the account and the member's caps stand in the transaction. */
  private async denialOf(
    reported: Reported,
    size: HoldSize,
    transaction: ClientSession,
  ): Promise<DomainError | undefined> {
    const { hold } = reported;
    const missing = size.amount_ucr - hold.amount_ucr;
    if (missing === 0n) return undefined;
    const underCap = await this.caps.tightest(hold.caps ?? [], transaction);
    if (underCap !== undefined && underCap < missing)
      return capRefusal(this.caps, hold.caps ?? [], { requiredUcr: missing, leftUcr: underCap }, transaction);
    const account = await this.ledger.accountAt(transaction, hold.account_id);
    if (!account) throw TransactionErrors.invariant(`${hold.account_id} has a hold and is gone`);
    const state = stateOf(account);
    const why = whyRefused(state, toPosting(reported, size));
    if (why === Refusal.frozen) return LedgerErrors.accountFrozen();
    return why === undefined ? undefined : HoldErrors.topUpDenied(missing, available(state));
  }
}

/** The usage to be kept: as with the amounts, nothing that is reported takes back what was. */
function usageOf({ hold: { reported }, request: { usage }, rates }: Reported): Noted {
  return reported && costOf(usage, rates) < costOf(reported, rates) ? {} : { reported: usage };
}

function toPosting({ hold, request }: Reported, size: HoldSize): Posting {
  const more = { seq: request.seq, amount: size.amount_ucr - hold.amount_ucr };
  return topUpPosting(hold._id, hold.account_id, more, {
    ...keyOf(hold),
    actor: `svc:${hold.service}`,
    priceId: hold.price_id,
    usage: request.usage,
    requestHash: requestHash({ operation: 'progress', ...request }),
  });
}
