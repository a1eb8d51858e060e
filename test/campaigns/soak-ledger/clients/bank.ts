import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type HttpAnswer, HttpClient } from '@parley/testing';
import { type Customer, littleUcr } from './customers.js';
import { model, priceList } from '../model/price.js';
import type { Tally } from '../books/tally.js';

const patienceMs = 120_000;
const pauseMs = 200;

/** A correction that was refused. A copy of it that was still under way may have been booked all the same. */
interface Refused {
  path: string;
  body: object;
  key: string;
  book: (answer: HttpAnswer) => void;
}

/** The administrator: gives, corrects and refunds credits, and remembers how much: an account has this, less what was charged. */
export class Bank {
  /** Credits given and given back, by account. */
  readonly given = new Map<string, bigint>();
  /** Credits given back, by hold. */
  readonly refunded = new Map<string, bigint>();
  private readonly caps = new Map<string, number>();
  private readonly refused: Refused[] = [];
  private readonly http: HttpClient;

  constructor(
    accountingUrl: string,
    private readonly adminToken: string,
    private readonly tally: Tally,
  ) {
    this.http = new HttpClient(accountingUrl);
  }

  async setPrice(): Promise<void> {
    await this.untilAnswered([201], () => this.http.put(`/prices/${model}`, priceList, { token: this.adminToken }));
  }

  /** Repeats under one key until it is answered, so that the amount is given exactly once. */
  async give(accountId: string, amount: number): Promise<void> {
    const body = { ...ownerOf(accountId), amount_ucr: amount, reason: 'for the soak' };
    const answer = await this.send('/credits/allocations', body, randomUUID(), [201]);
    if (answer) this.note(accountId, amount);
  }

  /** Helps a customer who has run out: a higher cap, or more credits. */
  async help(customer: Customer): Promise<void> {
    this.tally.topUps++;
    if (customer.isCapped) await this.setCap(customer, (this.caps.get(customer.userId) ?? 0) + littleUcr);
    else await this.give(customer.accountId, littleUcr);
  }

  async setCap({ userId, accountId }: Customer, capUcr: number): Promise<void> {
    this.caps.set(userId, capUcr);
    const body = { ...ownerOf(accountId), user_id: userId, period: 'month', cap_ucr: capUcr };
    await this.untilAnswered([200], () => this.http.put('/credits/member-caps', body, { token: this.adminToken }));
  }

  /** Adds credits or takes some away; what an account does not have cannot be taken. */
  async adjust(accountId: string, deltaUcr: number): Promise<void> {
    const body = { ...ownerOf(accountId), delta_ucr: deltaUcr, reason: 'for the soak' };
    await this.correct('/credits/adjustments', body, () => {
      this.tally.adjustments++;
      this.note(accountId, deltaUcr);
    });
  }

  /** Refunds a part of what a stream cost, or all that remains of it. */
  async refund(accountId: string, holdId: string, amountUcr?: number): Promise<void> {
    const amount = amountUcr === undefined ? {} : { amount_ucr: amountUcr };
    await this.correct('/credits/refunds', { hold_id: holdId, reason: 'for the soak', ...amount }, ({ body }) => {
      this.tally.refunds++;
      const delta = (body as { delta_ucr: number }).delta_ucr;
      this.note(accountId, delta);
      this.refunded.set(holdId, (this.refunded.get(holdId) ?? 0n) + BigInt(delta));
    });
  }

  /** Repeats everything that was refused, now that no copy of it is still under way. */
  async clearUp(): Promise<void> {
    for (const { path, body, key, book } of this.refused.splice(0)) {
      const answer = await this.send(path, body, key, [201, 404, 422]);
      if (answer?.status === 201) book(answer);
    }
  }

  /** Starts a check of all books. @returns the answer's status and the id of the run */
  async reconcile(): Promise<{ status: number; runId: string }> {
    const answer = await this.untilAnswered([202, 409], () =>
      this.http.post('/ledger/reconcile', {}, { token: this.adminToken }),
    );
    return { status: answer?.status ?? 0, runId: String((answer?.body as { run_id?: string } | undefined)?.run_id) };
  }

  private note(accountId: string, amount: number): void {
    this.given.set(accountId, (this.given.get(accountId) ?? 0n) + BigInt(amount));
  }

  private async correct(path: string, body: object, book: (answer: HttpAnswer) => void): Promise<void> {
    const key = randomUUID();
    const answer = await this.send(path, body, key, [201, 404, 422]);
    if (answer?.status === 201) return book(answer);
    this.tally.correctionsRefused++;
    this.refused.push({ path, body, key, book });
  }

  private send(path: string, body: object, key: string, statuses: number[]): Promise<HttpAnswer | undefined> {
    const request = { token: this.adminToken, headers: { 'idempotency-key': key } };
    return this.untilAnswered(statuses, () => this.http.post(path, body, request));
  }

  private async untilAnswered(statuses: number[], send: () => Promise<HttpAnswer>): Promise<HttpAnswer | undefined> {
    const deadline = Date.now() + patienceMs;
    let last = 'nothing';
    while (Date.now() < deadline) {
      const answer = await send().catch(() => undefined);
      if (answer && statuses.includes(answer.status)) return answer;
      if (answer) last = `${answer.status} ${JSON.stringify(answer.body)}`;
      // An error from a balancer or from a service that is starting is no answer; any other refusal is a fault.
      if (answer && answer.status < 500) break;
      await delay(pauseMs);
    }
    this.tally.fault(`an administrator's request was answered ${last}`);
    return undefined;
  }
}

function ownerOf(accountId: string): { user_id: string } | { org_id: string } {
  const [kind, id = ''] = accountId.split(':', 2);
  return kind === 'org' ? { org_id: id } : { user_id: id };
}
