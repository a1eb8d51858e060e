import { AuthStandIn, type HttpAnswer } from '@parley/testing';
import { SystemClock } from '@parley/platform';
import { randomUUID } from 'node:crypto';
import { type Db, MongoClient } from 'mongodb';
import type { Victim } from './victim.js';

const model = 'crash';
const inputTokens = 10;

/** What all cells share: the database as it really is, and somebody who signs tokens. */
export class Stage {
  private constructor(
    readonly auth: AuthStandIn,
    private readonly client: MongoClient,
    readonly db: Db,
  ) {}

  static async open(mongo: { uri: string; prefix: string }): Promise<Stage> {
    const client = await new MongoClient(mongo.uri).connect();
    const db = client.db(`${mongo.prefix}_accounting`, { useBigInt64: true });
    return new Stage(await AuthStandIn.start(new SystemClock()), client, db);
  }

  readonly admin = (): string => this.auth.user('usr_admin', ['credits:*', 'prices:*']);

  /** Five for the call and one for each token of output. */
  async price(victim: Victim): Promise<void> {
    const rates = { input_ucr_per_mtok: 0, output_ucr_per_mtok: 1_000_000, per_call_ucr: 5 };
    const { status } = await victim.http.put(`/prices/${model}`, rates, { token: this.admin() });
    if (status >= 300) throw new Error(`the price could not be set: ${status}`);
  }

  /** A dead process's transactions hang for a while; a session that is ended takes them along at once. */
  async endSessions(victim: Victim): Promise<void> {
    if (victim.gate.sessions.length > 0) await this.client.db('admin').command({ endSessions: victim.gate.sessions });
  }

  async close(): Promise<void> {
    await this.auth.stop();
    await this.client.close();
  }
}

/** One user with one hold. Every request is the same however often it is sent, and goes to whichever process is alive. */
export class Scene {
  readonly userId = `usr_${randomUUID()}`;
  readonly holdId = `stream-1768478400000-${randomUUID()}`;
  private readonly subject: string;

  constructor(
    readonly stage: Stage,
    public victim: Victim,
  ) {
    this.subject = stage.auth.user(this.userId, ['chat:stream', 'credits:estimate']);
  }

  allocate = (amountUcr: number, key = 'first') =>
    this.administer('allocations', key, { user_id: this.userId, amount_ucr: amountUcr });

  adjust = (deltaUcr: number) =>
    this.administer('adjustments', 'adjust', { user_id: this.userId, delta_ucr: deltaUcr });

  refund = (amountUcr: number) => this.administer('refunds', 'refund', { hold_id: this.holdId, amount_ucr: amountUcr });

  hold(outputTokens: number): Promise<HttpAnswer> {
    const tokens = { input_tokens: inputTokens, max_output_tokens: outputTokens };
    const body = { hold_id: this.holdId, chat_session_id: 'ses_1', model, ...tokens };
    return this.victim.http.post('/holds', body, { token: this.chat(), headers: { 'x-subject-token': this.subject } });
  }

  progress(seq: number, outputTokens: number, more?: number): Promise<HttpAnswer> {
    const topUp = more === undefined ? {} : { top_up_output_tokens: more };
    const body = { ...this.named(), seq, usage: usageOf(outputTokens), ...topUp };
    return this.victim.http.put(`/holds/${this.holdId}/progress`, body, { token: this.chat() });
  }

  settle(outputTokens: number, outcome = 'completed'): Promise<HttpAnswer> {
    const body = { ...this.named(), usage: usageOf(outputTokens), outcome };
    return this.victim.http.post(`/holds/${this.holdId}/settle`, body, { token: this.chat() });
  }

  release(): Promise<HttpAnswer> {
    const body = { ...this.named(), reason: 'not started' };
    return this.victim.http.post(`/holds/${this.holdId}/release`, body, { token: this.chat() });
  }

  /** Lets the hold's time run out, by the clock that counts: the database's. */
  async abandon(): Promise<void> {
    const holds = this.stage.db.collection<{ _id: string }>('credit_holds');
    await holds.updateOne({ _id: this.holdId, state: 'held' }, { $set: { expires_at: new Date(0) } });
  }

  private named = () => ({ streaming_session_id: this.holdId });
  private chat = () => this.stage.auth.serviceToken('chat', 'accounting', 'holds:write');

  private administer(path: string, key: string, body: object): Promise<HttpAnswer> {
    const headers = { 'idempotency-key': `${key}-${this.userId}` };
    const request = { token: this.stage.admin(), headers };
    return this.victim.http.post(`/credits/${path}`, { reason: 'crash', ...body }, request);
  }
}

const usageOf = (outputTokens: number) => ({
  input_tokens: inputTokens,
  output_tokens: outputTokens,
  source: 'provider',
});
