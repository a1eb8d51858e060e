import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AccountingHarness,
  buildHold,
  buildHoldId,
  buildSettlement,
  flatPrice,
  problem,
  refusal,
  type TestUser,
} from './accounting-harness.js';

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  await accounting.price('flat', flatPrice(5, 1));
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

/** A hold of 75: five for the call, one for each of 70 tokens of output. */
const createHold = async (user: TestUser): Promise<string> => {
  const { body } = await accounting.hold(user, buildHold({ max_output_tokens: 70 }));
  expect(body.amount_ucr).toBe(75);
  return body.hold_id;
};
const used = (output_tokens: number, change: Record<string, unknown> = {}) => ({
  usage: { input_tokens: 10, output_tokens, source: 'provider' },
  ...change,
});

describe('POST /holds/{id}/release', () => {
  it('returns all of it', async () => {
    const user = await accounting.createUser(500);
    const { status, body } = await accounting.release(await createHold(user));
    expect([status, body]).toMatchObject([
      200,
      { state: 'released', charged_ucr: 0, released_ucr: 75, uncollected_ucr: 0, balance_ucr: 500 },
    ]);
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 500, held_ucr: 0, available_ucr: 500 });
  });

  it('writes one entry with the reason', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    await accounting.release(holdId, { reason: 'the model was not reached' });
    expect((await accounting.entries(user)).at(-1)).toMatchObject({
      _id: `close:${holdId}`,
      type: 'release',
      delta_ucr: 0n,
      held_delta_ucr: -75n,
      reason: 'the model was not reached',
    });
  });

  it('answers a repetition with the first answer and frees nothing twice', async () => {
    const user = await accounting.createUser(500);
    const [holdId] = [await createHold(user), await createHold(user)];
    const first = await accounting.release(holdId);
    const again = await accounting.release(holdId);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect((await accounting.balance(user)).held_ucr).toBe(75);
  });

  it('refuses after a settlement', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    await accounting.settle(holdId, used(25));
    expect(refusal(await accounting.release(holdId))).toEqual(problem(409, 'hold_settled'));
    expect((await accounting.balance(user)).balance_ucr).toBe(470);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["another stream's id", { streaming_session_id: buildHoldId() }, 'stream_session_mismatch'],
    ['no reason', { reason: undefined }, 'validation_failed'],
    ['an object for a reason', { reason: { $set: 1 } }, 'validation_failed'],
    ['an amount in the body', { amount_ucr: 1_000 }, 'unknown_field'],
  ])('refuses %s, and changes nothing', async (_name, change, code) => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    expect(refusal(await accounting.release(holdId, change))).toEqual(problem(400, code));
    expect((await accounting.balance(user)).held_ucr).toBe(75);
  });
});

describe.each(['settle', 'release'] as const)('POST /holds/{id}/%s', (how) => {
  const send = (holdId: string, token?: string) => {
    const settlement = buildSettlement(holdId);
    const body = how === 'settle' ? settlement : { streaming_session_id: holdId, reason: 'x' };
    return accounting.http.post(`/holds/${holdId}/${how}`, body, token === undefined ? {} : { token });
  };

  it.each<[string, () => string | undefined, number, string]>([
    ['no token', () => undefined, 401, 'token_missing'],
    ['a garbage token', () => 'garbage', 401, 'invalid_token'],
    ['a user', () => accounting.user().token, 403, 'service_token_required'],
    ['an administrator', () => accounting.admin(), 403, 'service_token_required'],
    [
      'a service token for another audience',
      () => accounting.auth.serviceToken('chat', 'auth', 'holds:write'),
      401,
      'invalid_token',
    ],
    [
      'a service without the scope',
      () => accounting.auth.serviceToken('chat', 'accounting', ''),
      403,
      'insufficient_scope',
    ],
    [
      "another service, to which chat's hold does not exist",
      () => accounting.auth.serviceToken('batch', 'accounting', 'holds:write'),
      404,
      'hold_not_found',
    ],
  ])('refuses %s, and the hold stays', async (_name, token, status, code) => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    expect(refusal(await send(holdId, token()))).toEqual(problem(status, code));
    expect((await accounting.balance(user)).held_ucr).toBe(75);
  });

  it('refuses a hold that does not exist', async () => {
    expect(refusal(await send(buildHoldId(), accounting.chat()))).toEqual(problem(404, 'hold_not_found'));
  });

  it('refuses malformed JSON', async () => {
    const answer = await accounting.http.post(`/holds/${buildHoldId()}/${how}`, undefined, {
      token: accounting.chat(),
      raw: '[',
    });
    expect(refusal(answer)).toEqual(problem(400, 'malformed_json'));
  });
});
