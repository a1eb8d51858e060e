import type { HttpAnswer } from '@parley/testing';
import { randomUUID } from 'node:crypto';
import type { Stage } from './stage.js';
import type { Victim } from './victim.js';

export const model = 'crash';
const inputTokens = 10;

/** Who acts in a scene: a user, and the organisation whose pool pays when they act on its behalf. */
class Party {
  readonly userId = `usr_${randomUUID()}`;
  readonly orgId: string | null;

  constructor(
    readonly stage: Stage,
    public victim: Victim,
    isMember: boolean,
  ) {
    this.orgId = isMember ? `org_${randomUUID()}` : null;
    stage.auth.user(this.userId, ['chat:stream', 'credits:estimate']);
    if (this.orgId !== null) stage.auth.organizations.add(this.orgId);
  }
}

/** One user with one hold. A request is the same each time it is sent, and goes to whichever process is alive. */
export class Scene {
  readonly holdId = `stream-1768478400000-${randomUUID()}`;
  private readonly besides = new Map<string, Scene>();

  private constructor(private readonly party: Party) {}

  static open(stage: Stage, victim: Victim, on: 'own' | 'pool' = 'own'): Scene {
    return new Scene(new Party(stage, victim, on === 'pool'));
  }

  /** Another hold of the same user; the same name gives the same hold. */
  beside(name: string): Scene {
    const there = this.besides.get(name) ?? new Scene(this.party);
    this.besides.set(name, there);
    return there;
  }

  get stage(): Stage {
    return this.party.stage;
  }
  get victim(): Victim {
    return this.party.victim;
  }
  set victim(victim: Victim) {
    this.party.victim = victim;
  }

  get accountId(): string {
    const { orgId, userId } = this.party;
    return orgId === null ? `user:${userId}` : `org:${orgId}`;
  }

  /** Every id that differs between scenes, with its name for comparing them. */
  get names(): [string, string][] {
    const { orgId, userId } = this.party;
    return [
      [userId, '(user)'],
      ...(orgId === null ? [] : [[orgId, '(organisation)'] as [string, string]]),
      [this.holdId, '(hold)'],
      ...[...this.besides].map(([name, { holdId }]): [string, string] => [holdId, `(hold ${name})`]),
    ];
  }

  allocate = (amountUcr: number, key = 'first') =>
    this.administer('allocations', key, { ...this.owner, amount_ucr: amountUcr });

  bringAlong = (amountUcr: number) =>
    this.administer('allocations', 'opening', { ...this.owner, amount_ucr: amountUcr, type: 'opening_balance' });

  /** Credits with an end far away, until `lapse`. */
  allocateUntil = (amountUcr: number) =>
    this.administer('allocations', 'until', {
      ...this.owner,
      amount_ucr: amountUcr,
      expires_at: '2100-01-01T00:00:00.000Z',
    });

  /** A refill of every day from this one on: today's is due. */
  refillDaily(amountUcr: number, since = new Date().toISOString()): Promise<HttpAnswer> {
    const starts_at = `${since.slice(0, 'yyyy-mm-dd'.length)}T00:00:00Z`;
    const rule = { kind: 'refill', ...this.owner, amount_ucr: amountUcr, period: 'day', starts_at };
    return this.administer('rules', 'refill', { ...rule, expires_after_days: 30 });
  }

  /** What auth tells of a new user. */
  begin(): Promise<HttpAnswer> {
    const token = this.stage.auth.serviceToken('auth', 'accounting', 'allowances:grant');
    return this.victim.http.post('/internal/starting-balances', { user_id: this.party.userId }, { token });
  }

  /** The end of all credits here that have one has come. */
  async lapse(): Promise<void> {
    const { db } = this.stage;
    const past = new Date(0);
    const given = { account_id: this.accountId, expires_at: { $exists: true } };
    await db.collection('credit_entries').updateMany(given, { $set: { expires_at: past } });
    const account = { _id: this.accountId };
    await db.collection<{ _id: string }>('expiring_credits').updateOne(account, { $set: { due_at: past } });
  }

  adjust = (deltaUcr: number) => this.administer('adjustments', 'adjust', { ...this.owner, delta_ucr: deltaUcr });

  refund = (amountUcr: number) => this.administer('refunds', 'refund', { hold_id: this.holdId, amount_ucr: amountUcr });

  setCap(period: 'day' | 'month', capUcr: number): Promise<HttpAnswer> {
    const { orgId, userId } = this.party;
    const body = { org_id: orgId, user_id: userId, period, cap_ucr: capUcr };
    return this.victim.http.put('/credits/member-caps', body, { token: this.stage.admin() });
  }

  /** A price for this scene's own model. */
  reprice(outputUcr: number): Promise<HttpAnswer> {
    const rates = { input_ucr_per_mtok: 0, output_ucr_per_mtok: outputUcr };
    return this.victim.http.put(`/prices/${this.ownModel}`, rates, { token: this.stage.admin() });
  }

  get ownModel(): string {
    return `${model}:${this.party.userId}`;
  }

  hold(outputTokens: number): Promise<HttpAnswer> {
    const { userId, orgId, stage, victim } = this.party;
    const tokens = { input_tokens: inputTokens, max_output_tokens: outputTokens };
    const body = { hold_id: this.holdId, chat_session_id: 'ses_1', model, ...tokens };
    const subject = stage.auth.accessToken(userId, { org_id: orgId });
    return victim.http.post('/holds', body, { token: this.chat(), headers: { 'x-subject-token': subject } });
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

  /** Lets all holds here expire, by the clock that counts: the database's. */
  async abandon(): Promise<void> {
    const holds = this.stage.db.collection<{ _id: string }>('credit_holds');
    const open = { account_id: this.accountId, state: 'held' };
    await holds.updateMany(open, { $set: { expires_at: new Date(0) } });
  }

  private get owner() {
    const { orgId, userId } = this.party;
    return orgId === null ? { user_id: userId } : { org_id: orgId };
  }

  private named = () => ({ streaming_session_id: this.holdId });
  private chat = () => this.stage.auth.serviceToken('chat', 'accounting', 'holds:write');

  private administer(path: string, key: string, body: object): Promise<HttpAnswer> {
    const headers = { 'idempotency-key': `${key}-${this.party.userId}` };
    const request = { token: this.stage.admin(), headers };
    return this.victim.http.post(`/credits/${path}`, { reason: 'crash', ...body }, request);
  }
}

const usageOf = (outputTokens: number) => ({
  input_tokens: inputTokens,
  output_tokens: outputTokens,
  source: 'provider',
});
