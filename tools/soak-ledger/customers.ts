import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type HttpAnswer, HttpClient, type ServiceProcess } from '@parley/testing';
import type { MongoClient } from 'mongodb';
import { model, priceList } from './price.js';
import type { Tally } from './tally.js';

export interface Customer {
  userId: string;
  token: string;
  /** Whether he is given so little that his answers end for want of credits. */
  isPoor: boolean;
}

const plentyUcr = 1_000_000_000_000;
const littleUcr = 40_000;
const patienceMs = 60_000;
const pauseMs = 200;

interface StoredUser {
  _id: string;
}

/** Gives credits, and remembers how many: what an account has must be this, less what was charged. */
export class Bank {
  readonly given = new Map<string, bigint>();
  private readonly http: HttpClient;

  constructor(
    accountingUrl: string,
    private readonly adminToken: string,
    private readonly tally: Tally,
  ) {
    this.http = new HttpClient(accountingUrl);
  }

  async setPrice(): Promise<void> {
    await this.untilAnswered(201, () => this.http.put(`/prices/${model}`, priceList, { token: this.adminToken }));
  }

  /** Repeats under one key until it is answered, so that the amount is given exactly once. */
  async give(userId: string, amount: number): Promise<void> {
    const key = randomUUID();
    const body = { user_id: userId, amount_ucr: amount, reason: 'for the soak' };
    const request = { token: this.adminToken, headers: { 'idempotency-key': key } };
    await this.untilAnswered(201, () => this.http.post('/credits/allocations', body, request));
    this.given.set(userId, (this.given.get(userId) ?? 0n) + BigInt(amount));
  }

  async topUp({ userId }: Customer): Promise<void> {
    this.tally.topUps++;
    await this.give(userId, littleUcr);
  }

  private async untilAnswered(status: number, send: () => Promise<HttpAnswer>): Promise<void> {
    const deadline = Date.now() + patienceMs;
    let last = 'nothing';
    while (Date.now() < deadline) {
      const answer = await send().catch(() => undefined);
      if (answer?.status === status) return;
      if (answer) last = `${answer.status} ${JSON.stringify(answer.body)}`;
      // What a balancer or a starting service says is not an answer; any other refusal is a fault.
      if (answer && answer.status < 500) break;
      await delay(pauseMs);
    }
    this.tally.fault(`an administrator's request was answered ${last}`);
  }
}

export async function signIn(
  auth: ServiceProcess,
  username: string,
  password: string,
): Promise<Pick<Customer, 'userId' | 'token'>> {
  const answer = await auth.http.post('/auth/login', { username, password });
  if (answer.status !== 200) throw new Error(`${username} could not sign in: ${answer.status}`);
  const { user, access_token: token } = answer.body as { user: { id: string }; access_token: string };
  return { userId: user.id, token };
}

/** Copies of the demo user under names of their own; every second one is poor. */
export async function createCustomers(
  count: number,
  { auth, mongo, prefix, bank }: { auth: ServiceProcess; mongo: MongoClient; prefix: string; bank: Bank },
): Promise<Customer[]> {
  const users = mongo.db(`${prefix}_auth`).collection<StoredUser>('users');
  const demo = await users.findOne({ username: 'user1' });
  const customers: Customer[] = [];
  for (let i = 0; i < count; i++) {
    const username = `soak${i}`;
    const email = `${username}@example.com`;
    await users.insertOne({ ...demo, _id: `usr_${randomUUID().replaceAll('-', '')}`, username, email } as StoredUser);
    const customer = { ...(await signIn(auth, username, 'parley-user1-demo')), isPoor: i % 2 === 1 };
    await bank.give(customer.userId, customer.isPoor ? littleUcr : plentyUcr);
    customers.push(customer);
  }
  return customers;
}
