import type { HttpAnswer } from '@parley/testing';
import { type AccountingHarness, buildHold, type TestUser } from './accounting-harness.js';

/** One operation that moves money, as a request that can be repeated, and what must be true once it was done. */
export interface MoneyOperation {
  send: () => Promise<Pick<HttpAnswer, 'status' | 'body'>>;
  /** The status of its first answer, what of the answer must be the same in every repetition, and the balance and the held credits. */
  answer: Record<string, unknown>;
  balance: [balance: number, held: number];
  /** How many entries the account has afterwards. */
  entries: number;
  /** How many reads come before its transaction, unless it is one. */
  readsBefore?: number;
}

type Build = (accounting: AccountingHarness, user: TestUser) => Promise<MoneyOperation>;

const used = (output_tokens: number) => ({ usage: { input_tokens: 10, output_tokens, source: 'provider' } });
/** A hold of 75: five for the call, one for each of 70 tokens of output. */
const hold75 = async (accounting: AccountingHarness, user: TestUser): Promise<string> =>
  (await accounting.hold(user, buildHold({ max_output_tokens: 70 }))).body.hold_id as string;
const keyed = (user: TestUser) => ({ 'idempotency-key': `fault-${user.id}` });

/** What can be asked of an account that has 500, by name. */
export const moneyOperations: Record<string, Build> = {
  'a hold': (accounting, user) => {
    const request = buildHold({ max_output_tokens: 70 });
    const answer = { state: 'held', amount_ucr: 75 };
    return Promise.resolve({ send: () => accounting.hold(user, request), answer, balance: [500, 75], entries: 2 });
  },
  'a hold that is refused': (accounting, user) => {
    const request = buildHold({ max_output_tokens: 700 });
    const answer = { code: 'insufficient_credits', available_ucr: 500 };
    return Promise.resolve({ send: () => accounting.hold(user, request), answer, balance: [500, 0], entries: 1 });
  },
  'a top-up': async (accounting, user) => {
    const holdId = await hold75(accounting, user);
    const request = { ...used(60), top_up_output_tokens: 70 };
    const answer = { amount_ucr: 135, used_ucr: 65 };
    return { send: () => accounting.progress(holdId, request), answer, balance: [500, 135], entries: 3 };
  },
  'a sign of life': async (accounting, user) => {
    const holdId = await hold75(accounting, user);
    const answer = { amount_ucr: 75, used_ucr: 30 };
    return { send: () => accounting.progress(holdId, used(25)), answer, balance: [500, 75], entries: 2 };
  },
  'a settlement': async (accounting, user) => {
    const holdId = await hold75(accounting, user);
    const answer = { state: 'settled', charged_ucr: 30, balance_ucr: 470 };
    return { send: () => accounting.settle(holdId, used(25)), answer, balance: [470, 0], entries: 3 };
  },
  'a release': async (accounting, user) => {
    const holdId = await hold75(accounting, user);
    const answer = { state: 'released', charged_ucr: 0, balance_ucr: 500 };
    return { send: () => accounting.release(holdId), answer, balance: [500, 0], entries: 3 };
  },
  'an expiry': async (accounting, user) => {
    const holdId = await hold75(accounting, user);
    await accounting.progress(holdId, used(25));
    await accounting.abandon(holdId);
    const send = async () => {
      await accounting.sweep().catch(() => undefined);
      const { state } = (await accounting.storedHold(holdId))!;
      return { status: state === 'expired' ? 200 : 503, body: { code: 'store_unavailable', state } };
    };
    return { send, answer: { state: 'expired' }, balance: [470, 0], entries: 3 };
  },
  'a late settlement': async (accounting, user) => {
    const holdId = await hold75(accounting, user);
    await accounting.progress(holdId, used(25));
    await accounting.abandon(holdId);
    while ((await accounting.storedHold(holdId))?.state === 'held') await accounting.sweep();
    const answer = { state: 'late', charged_ucr: 70, balance_ucr: 430 };
    return { send: () => accounting.settle(holdId, used(65)), answer, balance: [430, 0], entries: 4 };
  },
  'an allocation': (accounting, user) => {
    const answer = { balance_ucr: 600 };
    const send = () => accounting.allocate(user, 100, keyed(user));
    return Promise.resolve({ send, answer, balance: [600, 0], entries: 2 });
  },
  'an allocation with an end': (accounting, user) => {
    const answer = { balance_ucr: 600 };
    const end = { expires_at: '2100-01-01T00:00:00.000Z' };
    const send = () => accounting.allocate(user, 100, keyed(user), end);
    return Promise.resolve({ send, answer, balance: [600, 0], entries: 2 });
  },
  'an expiry of credits': async (accounting, user) => {
    const soon = { expires_at: new Date(accounting.clock.now() + 1).toISOString() };
    await accounting.allocate(user, 100, keyed(user), soon);
    accounting.clock.advance(1);
    const send = async () => {
      await accounting.takeBackExpired().catch(() => undefined);
      const isTaken = (await accounting.entries(user)).some(({ type }) => type === 'expiry');
      return { status: isTaken ? 200 : 503, body: { code: 'store_unavailable', isTaken } };
    };
    return { send, answer: { isTaken: true }, balance: [500, 0], entries: 3 };
  },
  'a refill': async (accounting, user) => {
    const starts_at = new Date(Math.floor(accounting.clock.now() / 86_400_000) * 86_400_000).toISOString();
    const rule = { kind: 'refill', user_id: user.id, amount_ucr: 100, period: 'day', starts_at, reason: 'test' };
    await accounting.http.post('/credits/rules', rule, { token: accounting.admin() });
    const send = async () => {
      await accounting.refill().catch(() => undefined);
      const isGiven = (await accounting.entries(user)).length > 1;
      return { status: isGiven ? 200 : 503, body: { code: 'store_unavailable', isGiven } };
    };
    return { send, answer: { isGiven: true }, balance: [600, 0], entries: 2, readsBefore: 3 };
  },
  'a starting balance': (accounting, user) => {
    const token = accounting.auth.serviceToken('auth', 'accounting', 'allowances:grant');
    const send = () => accounting.http.post('/internal/starting-balances', { user_id: user.id }, { token });
    return Promise.resolve({ send, answer: { amount_ucr: 70 }, balance: [570, 0], entries: 2, readsBefore: 1 });
  },
  'an adjustment': (accounting, user) => {
    const answer = { delta_ucr: -100, balance_ucr: 400 };
    const send = () => accounting.adjust(user, -100, keyed(user));
    return Promise.resolve({ send, answer, balance: [400, 0], entries: 2 });
  },
  'a refund': async (accounting, user) => {
    const holdId = await hold75(accounting, user);
    await accounting.settle(holdId, used(25));
    const send = () => accounting.refund({ hold_id: holdId, amount_ucr: 10 }, keyed(user));
    return { send, answer: { delta_ucr: 10, balance_ucr: 480 }, balance: [480, 0], entries: 4, readsBefore: 2 };
  },
};
