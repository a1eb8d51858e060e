import { PeriodicJobs } from '@parley/platform';
import type { HttpAnswer } from '@parley/testing';
import type { Db, Document } from 'mongodb';
import { ChainService } from '../../src/chain/chain.service.js';
import { type AccountingHarness, buildHold, buildHoldId, type TestUser } from '../accounting-harness.js';
import { type Books, readBooks } from '../sound-books.js';
import { type End, ends, holdIds, type LedgerRequest, type Payer, type Period, type Purse } from './ledger-request.js';
import { inputTokens, referenceRates } from './reference-ledger.js';

const modelName = 'reference';
const dayMs = 86_400_000;
const lengthMs: Record<Period, number> = { day: dayMs, month: 31 * dayMs };
const form: Record<Period, number> = { day: 'yyyy-mm-dd'.length, month: 'yyyy-mm'.length };
const windowOf = (period: Period, at = Date.now()): string => new Date(at).toISOString().slice(0, form[period]);
/** The window right before another one. */
const windowBefore = (period: Period, window: string): string =>
  windowOf(period, Date.parse(window.padEnd(form.day, '-01')) - 1);

/** Far from everything else, and a century apart. */
const endOf = (end: End): number => Date.UTC(2100 + 100 * ends.indexOf(end), 0, 1);

let organizations = 0;

/** The service under test as the commands drive it: through HTTP, with two users and an organisation of theirs. */
export class RealLedger {
  /** Every request so far with its answer, for those that are sent again. */
  readonly sent: { request: LedgerRequest; answer: HttpAnswer }[] = [];
  /** The entries as they were first seen. */
  private readonly seen = new Map<string, string>();
  private readonly users: Record<Payer, TestUser>;
  private readonly orgId = `org_model${++organizations}`;
  private lapses = 0;
  private readonly ids = Array.from({ length: holdIds }, buildHoldId);

  constructor(
    readonly accounting: AccountingHarness,
    /** What was reached, and how often. */
    private readonly reached: Map<string, number>,
  ) {
    const first = accounting.user();
    this.users = { own: first, first, second: accounting.user() };
    accounting.auth.organizations.add(this.orgId);
  }

  /** Makes the service fit for comparisons: its own timers would do something between two commands. */
  static async prepare(accounting: AccountingHarness): Promise<void> {
    await accounting.price(modelName, referenceRates);
    await accounting.service.app.get(PeriodicJobs, { strict: false }).stop();
  }

  send(request: LedgerRequest): Promise<HttpAnswer> {
    switch (request.kind) {
      case 'allocate': {
        const opening = request.isOpening ? { type: 'opening_balance' } : {};
        const end = request.end === undefined ? {} : { expires_at: new Date(endOf(request.end)).toISOString() };
        const body = { ...this.owner(request.purse), amount_ucr: Number(request.amount), ...opening, ...end };
        return this.administer('allocations', request, body);
      }
      case 'adjust':
        return this.administer('adjustments', request, {
          ...this.owner(request.purse),
          delta_ucr: Number(request.delta),
        });
      case 'refund':
        return this.administer('refunds', request, {
          hold_id: this.ids[request.hold],
          ...(request.amount === undefined ? {} : { amount_ucr: Number(request.amount) }),
        });
      case 'cap':
        return this.cap(request);
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

  reach = (what: string): unknown => this.reached.set(what, (this.reached.get(what) ?? 0) + 1);

  abandon = (hold: number): Promise<void> => this.accounting.abandon(this.ids[hold]!);

  /** The database's own clock cannot be moved, so what was spent moves into the past instead. */
  async renew(period: Period): Promise<void> {
    const [caps, holds] = [this.db.collection('member_caps'), this.db.collection('credit_holds')];
    for (const { _id, window } of await caps.find({ org_id: this.orgId, period, window: { $ne: '' } }).toArray())
      await caps.updateOne({ _id }, { $set: { window: windowBefore(period, String(window)) } });
    for (const { _id, opening } of await holds.find({ account_id: this.accountId('pool') }).toArray()) {
      const began = new Date(Number((opening as { expires_at: Date }).expires_at) - lengthMs[period]);
      await holds.updateOne({ _id }, { $set: { 'opening.expires_at': began } });
    }
  }

  /** The job runs at the end of these credits, or a little later each time, when it looks again at what was held. */
  async lapse(end: End): Promise<void> {
    const { clock } = this.accounting;
    const ahead = endOf(end) + ++this.lapses * 3_600_000 - clock.now();
    clock.advance(ahead);
    await this.accounting.takeBackExpired();
    clock.advance(-ahead);
  }

  /** Chains the entries that were written since the last time, as a job does. */
  seal = (): Promise<void> => this.accounting.service.app.get(ChainService, { strict: false }).sealAll();

  async mark(purse: Purse, status: 'active' | 'frozen'): Promise<void> {
    const accounts = this.db.collection<{ _id: string }>('credit_accounts');
    await accounts.updateOne({ _id: this.accountId(purse) }, { $set: { status } });
  }

  books = (): Promise<Books> => readBooks(this.db);

  /** The stored accounts, caps and holds, in the reference's words. */
  standing({ accounts, caps, holds }: Books) {
    const account = (purse: Purse) => toAccount(accounts.find(({ _id }) => String(_id) === this.accountId(purse)));
    return {
      own: account('own'),
      pool: account('pool'),
      caps: caps.map((record) => this.toCap(record)).sort((a, b) => (a.name < b.name ? -1 : 1)),
      holds: this.ids.map((id) => toHold(holds.find(({ _id }) => String(_id) === id))),
    };
  }

  /** I11: an entry never changes. @returns the ids of those that did, or that are gone */
  changedEntries({ entries }: Books): string[] {
    const now = new Map(entries.map((entry) => [String(entry._id), inWords(entry)]));
    const changed = [...this.seen].filter(([id, words]) => now.get(id) !== words);
    for (const [id, words] of now) if (!this.seen.has(id)) this.seen.set(id, words);
    return changed.map(([id]) => id);
  }

  /** Removes what a run has stored, so that the last run's checks take no longer than the first one's. */
  async forget(): Promise<void> {
    const books = ['credit_accounts', 'credit_entries', 'credit_holds', 'member_caps', 'expiring_credits'];
    for (const name of [...books, 'chain_heads', 'recon_checkpoints']) await this.db.collection(name).deleteMany({});
  }

  private get db(): Db {
    return this.accounting.db;
  }

  private owner = (purse: Purse) => (purse === 'own' ? { user_id: this.users.own.id } : { org_id: this.orgId });
  private accountId = (purse: Purse) => (purse === 'own' ? `user:${this.users.own.id}` : `org:${this.orgId}`);

  private cap({ member, period, most }: LedgerRequest & { kind: 'cap' }): Promise<HttpAnswer> {
    const body = { org_id: this.orgId, user_id: this.users[member].id, period, cap_ucr: Number(most) };
    return this.accounting.http.put('/credits/member-caps', body, { token: this.accounting.admin() });
  }

  private hold({ hold, payer, output, wanted }: LedgerRequest & { kind: 'hold' }): Promise<HttpAnswer> {
    const { id } = this.users[payer];
    // A token of this moment: the application's clock has moved since the user was made.
    const token = this.accounting.auth.accessToken(id, { org_id: payer === 'own' ? null : this.orgId });
    const tokens = { input_tokens: inputTokens, max_output_tokens: output, wanted_output_tokens: wanted };
    return this.accounting.hold({ id, token }, buildHold({ hold_id: this.ids[hold], model: modelName, ...tokens }));
  }

  private administer(path: string, { kind, key }: { kind: string; key: number }, body: object): Promise<HttpAnswer> {
    const headers = { 'idempotency-key': `${kind}-${key}-${this.users.own.id}` };
    const whole = { reason: 'test', ...body };
    return this.accounting.http.post(`/credits/${path}`, whole, { token: this.accounting.admin(), headers });
  }

  private toCap(record: Document) {
    const period = record.period as Period;
    return {
      name: `${record.user_id === this.users.first.id ? 'first' : 'second'} ${period}`,
      most: record.cap_ucr as bigint,
      spent: record.window === windowOf(period) ? (record.spent_ucr as bigint) : 0n,
      held: record.held_ucr as bigint,
    };
  }
}

const inWords = (entry: Document): string =>
  JSON.stringify(entry, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));

const usageOf = (output: number) => ({ input_tokens: inputTokens, output_tokens: output, source: 'provider' });

const toAccount = (record: Document | undefined) => ({
  balance: (record?.balance_ucr ?? 0n) as bigint,
  held: (record?.held_ucr ?? 0n) as bigint,
  entries: Number(record?.seq ?? 0),
  isFrozen: record?.status === 'frozen',
});

const toHold = (record: Document | undefined) =>
  record && {
    state: record.state as string,
    amount: record.amount_ucr as bigint,
    promised: record.promised_ucr as bigint,
    used: record.used_ucr as bigint,
    charged: record.charged_ucr as bigint,
    released: record.released_ucr as bigint,
    uncollected: record.uncollected_ucr as bigint,
    seq: Number(record.progress_seq),
  };
