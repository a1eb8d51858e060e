import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { maxTokenCount } from '@parley/contracts';
import {
  AccountingHarness,
  buildHold,
  buildHoldId,
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
const createHold = async (user: TestUser): Promise<string> =>
  (await accounting.hold(user, buildHold({ max_output_tokens: 70 }))).body.hold_id;
const used = (output_tokens: number, change: Record<string, unknown> = {}) => ({
  usage: { input_tokens: 10, output_tokens, source: 'estimated' },
  ...change,
});

describe('PUT /holds/{id}/progress', () => {
  it('says what was used, and moves nothing on the account', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    const { status, body } = await accounting.progress(holdId, used(25));
    expect([status, body]).toMatchObject([200, { state: 'held', amount_ucr: 75, used_ucr: 30, max_output_tokens: 70 }]);
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 500, held_ucr: 75, available_ucr: 425 });
  });

  it('lets the hold live on', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    const nearly = new Date(Date.now() + 5_000);
    await accounting.db
      .collection<{ _id: string }>('credit_holds')
      .updateOne({ _id: holdId }, { $set: { expires_at: nearly } });
    const { body } = await accounting.progress(holdId, used(1));
    expect(Date.parse(body.expires_at)).toBeGreaterThan(nearly.getTime());
  });

  it('never shortens the life of a hold', async () => {
    const holdId = await createHold(await accounting.createUser(500));
    const later = new Date(Date.now() + 3_600_000);
    await accounting.db
      .collection<{ _id: string }>('credit_holds')
      .updateOne({ _id: holdId }, { $set: { expires_at: later } });
    expect((await accounting.progress(holdId, used(1))).body.expires_at).toBe(later.toISOString());
  });

  it('covers more output when asked to', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    const { body } = await accounting.progress(holdId, used(60, { top_up_output_tokens: 70 }));
    expect(body).toMatchObject({ amount_ucr: 135, used_ucr: 65, max_output_tokens: 130 });
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 500, held_ucr: 135, available_ucr: 365 });
    expect((await accounting.entries(user)).at(-1)).toMatchObject({
      _id: `prog:${holdId}:1`,
      type: 'top_up',
      delta_ucr: 0n,
      held_delta_ucr: 60n,
    });
  });

  it('covers no more output than any call has', async () => {
    await accounting.price('gratis', { ...flatPrice(0), free: true });
    const { body } = await accounting.hold(accounting.user(), buildHold({ model: 'gratis' }));
    const answer = await accounting.progress(body.hold_id, used(60, { top_up_output_tokens: maxTokenCount }));
    expect([answer.status, answer.body.max_output_tokens]).toEqual([200, maxTokenCount]);
  });

  it('changes nothing when it is repeated or comes late', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    const early = used(10, { top_up_output_tokens: 100 });
    await accounting.progress(holdId, early);
    const last = await accounting.progress(holdId, used(60, { seq: 2, top_up_output_tokens: 70 }));
    const before = await accounting.counts();
    for (const seen of [early, used(60, { seq: 2, top_up_output_tokens: 70 }), used(400, { seq: 1 })])
      expect((await accounting.progress(holdId, seen)).body).toEqual(last.body);
    expect(await accounting.counts()).toEqual(before);
  });

  it('tops up once when the same request comes many times at once', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    const request = used(60, { top_up_output_tokens: 70 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => accounting.progress(holdId, request)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await accounting.balance(user)).held_ucr).toBe(135);
  });

  it('gives the repeated request that made the hold its first answer all the same', async () => {
    const user = await accounting.createUser(500);
    const request = buildHold({ max_output_tokens: 70 });
    const first = await accounting.hold(user, request);
    await accounting.progress(request.hold_id, used(60, { top_up_output_tokens: 70 }));
    expect((await accounting.hold(user, request)).body).toEqual(first.body);
  });

  it('settles from the larger hold', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    await accounting.progress(holdId, used(60, { top_up_output_tokens: 70 }));
    const { body } = await accounting.settle(holdId, used(100));
    expect(body).toMatchObject({ charged_ucr: 105, released_ucr: 30, balance_ucr: 395, late: false });
  });

  describe('when the account cannot bear the top-up', () => {
    it('refuses it, the hold stays as large as it was, and what was used is noted', async () => {
      const user = await accounting.createUser(100);
      const holdId = await createHold(user);
      const answer = await accounting.progress(holdId, used(60, { top_up_output_tokens: 70 }));
      expect(refusal(answer)).toEqual(problem(402, 'top_up_denied'));
      expect(answer.body).toMatchObject({ required_ucr: 60, available_ucr: 25 });
      const stored = await accounting.storedHold(holdId);
      expect(stored).toMatchObject({ state: 'held', amount_ucr: 75n, used_ucr: 65n, reported: { output_tokens: 60 } });
      expect((await accounting.balance(user)).held_ucr).toBe(75);
    });

    it('grants it to the same request once there are credits', async () => {
      const user = await accounting.createUser(100);
      const holdId = await createHold(user);
      const request = used(60, { top_up_output_tokens: 70 });
      await accounting.progress(holdId, request);
      await accounting.allocate(user, 100);
      expect((await accounting.progress(holdId, request)).body.amount_ucr).toBe(135);
    });

    it('admits one of two that together want more than there is', async () => {
      const user = await accounting.createUser(200);
      const holds = [await createHold(user), await createHold(user)];
      const answers = await Promise.all(
        holds.map((holdId) => accounting.progress(holdId, used(70, { top_up_output_tokens: 40 }))),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 402]);
    });
  });

  describe('refuses, and changes nothing,', () => {
    it.each<[string, Record<string, unknown>, string]>([
      ["another stream's id", { streaming_session_id: buildHoldId() }, 'stream_session_mismatch'],
      ['an amount in the body', { amount_ucr: 1 }, 'unknown_field'],
      ['the number 0', { seq: 0 }, 'validation_failed'],
      ['no number', { seq: undefined }, 'validation_failed'],
      ['a negative top-up', { top_up_output_tokens: -1 }, 'validation_failed'],
      ['a fraction of a token', { top_up_output_tokens: 0.5 }, 'validation_failed'],
      ['no usage', { usage: undefined }, 'validation_failed'],
    ])('%s', async (_name, change, code) => {
      const holdId = await createHold(await accounting.createUser(500));
      const before = await accounting.storedHold(holdId);
      expect(refusal(await accounting.progress(holdId, change))).toEqual(problem(400, code));
      expect(await accounting.storedHold(holdId)).toEqual(before);
    });

    it('a hold that has ended', async () => {
      const holdId = await createHold(await accounting.createUser(500));
      await accounting.settle(holdId, used(25));
      expect(refusal(await accounting.progress(holdId, used(30)))).toEqual(problem(409, 'hold_closed'));
    });

    it('a hold whose time is over, before and after it was ended', async () => {
      const holdId = await createHold(await accounting.createUser(500));
      await accounting.abandon(holdId);
      expect(refusal(await accounting.progress(holdId, used(30)))).toEqual(problem(410, 'hold_expired'));
      await accounting.sweep();
      expect(refusal(await accounting.progress(holdId, used(30)))).toEqual(problem(410, 'hold_expired'));
    });

    it('a top-up on a frozen account', async () => {
      const user = await accounting.createUser(500);
      const holdId = await createHold(user);
      await accounting.db
        .collection<{ _id: string }>('credit_accounts')
        .updateOne({ _id: `user:${user.id}` }, { $set: { status: 'frozen' } });
      const answer = await accounting.progress(holdId, used(60, { top_up_output_tokens: 70 }));
      expect(refusal(answer)).toEqual(problem(423, 'account_frozen'));
    });

    it.each<[string, () => string, number, string]>([
      ['a user', () => accounting.user().token, 403, 'service_token_required'],
      [
        'another service',
        () => accounting.auth.serviceToken('batch', 'accounting', 'holds:write'),
        404,
        'hold_not_found',
      ],
    ])('%s', async (_name, token, status, code) => {
      const holdId = await createHold(await accounting.createUser(500));
      const body = { streaming_session_id: holdId, seq: 1, ...used(1) };
      const answer = await accounting.http.put(`/holds/${holdId}/progress`, body, { token: token() });
      expect(refusal(answer)).toEqual(problem(status, code));
    });
  });
});
