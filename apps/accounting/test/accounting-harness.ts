import { randomUUID } from 'node:crypto';
import { PeriodicJobs } from '@parley/platform';
import {
  AuthStandIn,
  captureLogs,
  type HttpAnswer,
  startTestService,
  TestClock,
  testDatabases,
  type TestService,
} from '@parley/testing';
import { type Db, type Document, MongoClient } from 'mongodb';
import { AppModule } from '../src/app.module.js';
import { readAccountingConfig } from '../src/config.js';
import { RefillsJob } from '../src/credit-rules/refills.job.js';
import { CreditExpiryJob } from '../src/expiring-credits/credit-expiry.job.js';
import { HoldExpiryJob } from '../src/holds/hold-expiry.job.js';
import { findFaults } from './sound-books.js';

export interface TestUser {
  id: string;
  token: string;
}

const administrator = ['credits:*', 'ledger:*', 'prices:*'];
const member = ['chat:stream', 'credits:estimate'];
const secret = 'kZ3v9Qw7Lr2Xn8Tb5Yd1Hs6Mf4Pc0GjEuAoVi';

/** A price list of one number: a call costs `perCall`, a token of output `perToken`. */
export const flatPrice = (perCall: number, perToken = 0) => ({
  input_ucr_per_mtok: 0,
  output_ucr_per_mtok: perToken * 1_000_000,
  per_call_ucr: perCall,
});

/** Accounting on a database of its own, with a stand-in for auth and everything that its suites do again and again. */
export class AccountingHarness {
  readonly logs = captureLogs('accounting');
  private readonly instances: TestService[] = [];
  private users = 0;

  private constructor(
    readonly clock: TestClock,
    readonly auth: AuthStandIn,
    private readonly databases: ReturnType<typeof testDatabases>,
    private readonly client: MongoClient,
    private readonly environment: Record<string, string>,
  ) {}

  static async start(
    environment: Record<string, string> = {},
    databases = testDatabases(),
    clock = new TestClock(),
  ): Promise<AccountingHarness> {
    const client = await new MongoClient(databases.uri).connect();
    const harness = new AccountingHarness(clock, await AuthStandIn.start(clock), databases, client, environment);
    await harness.addInstance();
    return harness;
  }

  /** One more instance of the service on the same database. */
  async addInstance(): Promise<TestService> {
    const config = readAccountingConfig({
      MONGODB_URI: this.databases.uri,
      DATABASE_PREFIX: this.databases.prefix,
      AUTH_URL: this.auth.url,
      SERVICE_SECRET_ACCOUNTING: secret,
      ...this.environment,
    });
    const module = AppModule.for(config, { logger: this.logs.logger, clock: this.clock });
    const instance = await startTestService(module, this.logs.logger);
    // Suites say themselves when it sweeps and measures.
    const jobs = instance.app.get(PeriodicJobs, { strict: false });
    for (const job of ['sweep', 'measure', 'credit-expiry', 'refills']) await jobs.stop(job);
    this.instances.push(instance);
    return instance;
  }

  get service(): TestService {
    return this.instances[0]!;
  }

  get http() {
    return this.service.http;
  }

  /** The database itself, longs as bigints. */
  get db(): Db {
    return this.client.db(`${this.databases.prefix}_accounting`, { useBigInt64: true });
  }

  /** Stops everything. @returns what is wrong in the books that the suite leaves behind */
  async stop(): Promise<string[]> {
    const faults = await findFaults(this.db);
    for (const instance of this.instances) await instance.close();
    await this.auth.stop();
    // Before its server goes away, which it would look for.
    await this.client.close();
    await this.databases.drop();
    return faults;
  }

  user(permissions: readonly string[] = member): TestUser {
    const id = `usr_${String(++this.users).padStart(4, '0')}`;
    return { id, token: this.auth.user(id, permissions) };
  }

  readonly admin = (): string => this.auth.user('usr_admin', administrator);
  readonly chat = (): string => this.auth.serviceToken('chat', 'accounting', 'holds:write');

  /** A user with credits. */
  async createUser(amountUcr: number): Promise<TestUser> {
    const user = this.user();
    if (amountUcr > 0) await this.allocate(user, amountUcr);
    return user;
  }

  allocate(
    user: TestUser,
    amountUcr: number,
    headers: Record<string, string> = {},
    change: Record<string, unknown> = {},
  ): Promise<HttpAnswer> {
    const body = { user_id: user.id, amount_ucr: amountUcr, reason: 'test', ...change };
    return this.http.post('/credits/allocations', body, { token: this.admin(), headers });
  }

  adjust(user: TestUser, deltaUcr: number, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    const body = { user_id: user.id, delta_ucr: deltaUcr, reason: 'test' };
    return this.http.post('/credits/adjustments', body, { token: this.admin(), headers });
  }

  refund(body: Record<string, unknown>, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    return this.http.post('/credits/refunds', { reason: 'test', ...body }, { token: this.admin(), headers });
  }

  price(model: string, rates: Record<string, unknown>): Promise<HttpAnswer> {
    return this.http.put(`/prices/${encodeURIComponent(model)}`, rates, { token: this.admin() });
  }

  hold(user: TestUser, body: Record<string, unknown>, http = this.http): Promise<HttpAnswer> {
    return http.post('/holds', body, { token: this.chat(), headers: { 'x-subject-token': user.token } });
  }

  settle(holdId: string, change: Record<string, unknown> = {}, http = this.http): Promise<HttpAnswer> {
    return http.post(`/holds/${holdId}/settle`, buildSettlement(holdId, change), { token: this.chat() });
  }

  progress(holdId: string, change: Record<string, unknown> = {}, http = this.http): Promise<HttpAnswer> {
    const usage = { input_tokens: 10, output_tokens: 0, source: 'estimated' };
    const body = { streaming_session_id: holdId, seq: 1, usage, ...change };
    return http.put(`/holds/${holdId}/progress`, body, { token: this.chat() });
  }

  /** Lets a hold's time run out, by the clock that counts: the database's. */
  async abandon(holdId: string): Promise<void> {
    const holds = this.db.collection<{ _id: string }>('credit_holds');
    await holds.updateOne({ _id: holdId }, { $set: { expires_at: new Date(0) } });
  }

  /** One round of the job that ends abandoned holds. @param atMost how many, when not as many as usual */
  sweep(instance = this.service, atMost?: number): Promise<number> {
    return instance.app.get(HoldExpiryJob, { strict: false }).sweep(atMost);
  }

  /** One round of the job that takes expired credits back. @returns how many accounts it has looked at */
  takeBackExpired(instance = this.service): Promise<number> {
    return instance.app.get(CreditExpiryJob, { strict: false }).takeBack();
  }

  /** One round of the job that gives refills. @returns how many it has given */
  refill(instance = this.service): Promise<number> {
    return instance.app.get(RefillsJob, { strict: false }).refill();
  }

  release(holdId: string, change: Record<string, unknown> = {}, http = this.http): Promise<HttpAnswer> {
    const body = { streaming_session_id: holdId, reason: 'not started', ...change };
    return http.post(`/holds/${holdId}/release`, body, { token: this.chat() });
  }

  async balance(user: TestUser): Promise<{ balance_ucr: number; held_ucr: number; available_ucr: number }> {
    const { body } = await this.http.get('/credits/balance', { token: user.token });
    const { balance_ucr, held_ucr, available_ucr } = body;
    return { balance_ucr, held_ucr, available_ucr };
  }

  /** An account's entries, oldest first. */
  entries(user: TestUser): Promise<Document[]> {
    return this.db
      .collection('credit_entries')
      .find({ account_id: `user:${user.id}` })
      .sort({ seq: 1 })
      .toArray();
  }

  storedHold(holdId: string): Promise<Document | null> {
    return this.db.collection<{ _id: string }>('credit_holds').findOne({ _id: holdId });
  }

  /** The number of documents of each kind: a refused request must leave it as it was. */
  async counts(): Promise<Record<string, number>> {
    const names = ['credit_accounts', 'credit_entries', 'credit_holds', 'price_versions'];
    const counts: Record<string, number> = {};
    for (const name of names) counts[name] = await this.db.collection(name).countDocuments();
    return counts;
  }
}

export const buildHoldId = (): string => `stream-1768478400000-${randomUUID()}`;

export const buildHold = (change: Record<string, unknown> = {}) => ({
  hold_id: buildHoldId(),
  chat_session_id: 'ses_1',
  model: 'flat',
  input_tokens: 10,
  max_output_tokens: 0,
  ...change,
});

export const buildSettlement = (holdId: string, change: Record<string, unknown> = {}) => ({
  streaming_session_id: holdId,
  usage: { input_tokens: 10, output_tokens: 0, source: 'provider' },
  outcome: 'completed',
  ...change,
});

/** What a table of refusals compares. */
export const refusal = ({ status, body, headers }: HttpAnswer) => [
  status,
  body.code,
  headers.get('content-type')?.split(';', 1)[0],
];
export const problem = (status: number, code: string) => [status, code, 'application/problem+json'];
