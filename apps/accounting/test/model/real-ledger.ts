import type { HttpAnswer } from '@parley/testing';
import type { Document } from 'mongodb';
import { HoldExpiry } from '../../src/holds/hold-expiry.job.js';
import { type AccountingHarness, buildHold, buildHoldId, type TestUser } from '../accounting-harness.js';
import { holdIds, type LedgerRequest } from './ledger-request.js';
import { inputTokens, referenceRates } from './reference-ledger.js';

const modelName = 'reference';

/** The service under test as the commands drive it: through HTTP, with one account that nobody else uses. */
export class RealLedger {
  /** Every request so far with its answer, for those that are sent again. */
  readonly sent: { request: LedgerRequest; answer: HttpAnswer }[] = [];
  private readonly user: TestUser;
  private readonly ids = Array.from({ length: holdIds }, buildHoldId);

  constructor(readonly accounting: AccountingHarness) {
    this.user = accounting.user();
  }

  /** Makes the service fit for comparisons: its own timer would end holds between two commands. */
  static async prepare(accounting: AccountingHarness): Promise<void> {
    await accounting.price(modelName, referenceRates);
    await accounting.service.app.get(HoldExpiry, { strict: false }).onModuleDestroy();
  }

  send(request: LedgerRequest): Promise<HttpAnswer> {
    switch (request.kind) {
      case 'allocate':
        return this.administer('allocations', request, { user_id: this.user.id, amount_ucr: Number(request.amount) });
      case 'adjust':
        return this.administer('adjustments', request, { user_id: this.user.id, delta_ucr: Number(request.delta) });
      case 'refund':
        return this.administer('refunds', request, {
          hold_id: this.ids[request.hold],
          ...(request.amount === undefined ? {} : { amount_ucr: Number(request.amount) }),
        });
      case 'hold':
        return this.hold(request);
      case 'progress':
        return this.accounting.progress(this.ids[request.hold]!, {
          seq: request.seq,
          usage: usageOf(request.output),
          ...(request.more > 0 ? { top_up_output_tokens: request.more } : {}),
        });
      case 'settle':
        return this.accounting.settle(this.ids[request.hold]!, {
          usage: usageOf(request.output),
          outcome: request.outcome,
        });
      case 'release':
        return this.accounting.release(this.ids[request.hold]!);
    }
  }

  abandon = (hold: number): Promise<void> => this.accounting.abandon(this.ids[hold]!);

  /** The stored account and holds, in the reference's words. */
  async standing() {
    const rows = this.accounting.db.collection<{ _id: string }>('credit_accounts');
    const account = (await rows.findOne({ _id: `user:${this.user.id}` })) as Document | null;
    const stored = await this.accounting.db.collection('credit_holds').find({ user_id: this.user.id }).toArray();
    return {
      balance: (account?.balance_ucr ?? 0n) as bigint,
      held: (account?.held_ucr ?? 0n) as bigint,
      entries: Number(account?.seq ?? 0),
      holds: this.ids.map((id) => toStanding(stored.find(({ _id }) => String(_id) === id))),
    };
  }

  /** Removes what a run has stored, so that the last run's checks take no longer than the first one's. */
  async forget(): Promise<void> {
    for (const name of ['credit_accounts', 'credit_entries', 'credit_holds'])
      await this.accounting.db.collection(name).deleteMany({});
  }

  private hold({ hold, output }: LedgerRequest & { kind: 'hold' }): Promise<HttpAnswer> {
    // A token of this moment: the application's clock has moved since the user was made.
    const owner = { ...this.user, token: this.accounting.auth.accessToken(this.user.id) };
    const tokens = { input_tokens: inputTokens, max_output_tokens: output };
    return this.accounting.hold(owner, buildHold({ hold_id: this.ids[hold], model: modelName, ...tokens }));
  }

  private administer(path: string, { kind, key }: { kind: string; key: number }, body: object): Promise<HttpAnswer> {
    const headers = { 'idempotency-key': `${kind}-${key}-${this.user.id}` };
    const whole = { reason: 'test', ...body };
    return this.accounting.http.post(`/credits/${path}`, whole, { token: this.accounting.admin(), headers });
  }
}

const usageOf = (output: number) => ({ input_tokens: inputTokens, output_tokens: output, source: 'provider' });

const toStanding = (row: Document | undefined) =>
  row && {
    state: row.state as string,
    amount: row.amount_ucr as bigint,
    used: row.used_ucr as bigint,
    charged: row.charged_ucr as bigint,
    released: row.released_ucr as bigint,
    uncollected: row.uncollected_ucr as bigint,
    seq: Number(row.progress_seq),
  };
