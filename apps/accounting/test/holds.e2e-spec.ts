import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccountingHarness, buildHold, buildHoldId, flatPrice, problem, refusal } from './accounting-harness.js';

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  await accounting.price('flat', flatPrice(75));
  await accounting.price('gratis', { ...flatPrice(0), free: true });
  await accounting.price('model', {
    input_ucr_per_mtok: 2_000_000,
    output_ucr_per_mtok: 10_000_000,
    per_call_ucr: 100,
  });
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

describe('POST /holds', () => {
  it('holds what the call can cost at most', async () => {
    const user = await accounting.createUser(500);
    const request = buildHold({ model: 'model', input_tokens: 12, max_output_tokens: 34 });
    const { status, body } = await accounting.hold(user, request);
    expect([status, body]).toEqual([
      201,
      {
        hold_id: request.hold_id,
        account_id: `user:${user.id}`,
        state: 'held',
        model: 'model',
        price_id: expect.stringMatching(/^prc_/),
        amount_ucr: 464,
        used_ucr: 0,
        max_output_tokens: 34,
        // 500 less 100 for the call and 24 for the input.
        affordable_output_tokens: 37,
        charged_ucr: 0,
        released_ucr: 0,
        uncollected_ucr: 0,
        created_at: '2026-01-15T12:00:00.000Z',
        expires_at: expect.any(String),
      },
    ]);
  });

  it('sets it aside without taking it', async () => {
    const user = await accounting.createUser(500);
    await accounting.hold(user, buildHold());
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 500, held_ucr: 75, available_ucr: 425 });
  });

  it('stores the hold with everything that later has to be explained', async () => {
    const user = await accounting.createUser(500);
    const request = buildHold();
    const { body } = await accounting.hold(user, request);
    expect(await accounting.storedHold(request.hold_id)).toMatchObject({
      account_id: `user:${user.id}`,
      user_id: user.id,
      chat_session_id: 'ses_1',
      model: 'flat',
      price_id: body.price_id,
      service: 'chat',
      state: 'held',
      amount_ucr: 75n,
      request_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('holds all there is', async () => {
    const user = await accounting.createUser(75);
    expect((await accounting.hold(user, buildHold())).status).toBe(201);
  });

  it('holds nothing for a free model, even on an account that was never used', async () => {
    const { status, body } = await accounting.hold(accounting.user(), buildHold({ model: 'gratis' }));
    expect([status, body.amount_ucr]).toEqual([201, 0]);
  });

  it('keeps the price that was in force when it was made', async () => {
    await accounting.price('rising', flatPrice(10));
    const user = await accounting.createUser(500);
    const request = buildHold({ model: 'rising' });
    await accounting.hold(user, request);
    await accounting.price('rising', flatPrice(400));
    expect((await accounting.settle(request.hold_id)).body.charged_ucr).toBe(10);
  });

  it('answers a repetition with 200 and the first answer, also after the hold has ended', async () => {
    const user = await accounting.createUser(500);
    const request = buildHold();
    const first = await accounting.hold(user, request);
    const open = await accounting.hold(user, request);
    await accounting.settle(request.hold_id);
    const ended = await accounting.hold(user, request);
    expect([open, ended].map(({ status, body }) => [status, body])).toEqual([
      [200, first.body],
      [200, first.body],
    ]);
    expect(await accounting.entries(user)).toHaveLength(3);
  });

  it.each([
    ['other tokens', { input_tokens: 11 }],
    ['another maximum', { max_output_tokens: 1 }],
    ['another model', { model: 'model' }],
    ['another chat session', { chat_session_id: 'ses_2' }],
  ])('refuses the same id with %s, and changes nothing', async (_name, change) => {
    const user = await accounting.createUser(500);
    const request = buildHold();
    await accounting.hold(user, request);
    const before = await accounting.counts();
    expect(refusal(await accounting.hold(user, { ...request, ...change }))).toEqual(
      problem(409, 'idempotency_mismatch'),
    );
    expect([await accounting.counts(), (await accounting.balance(user)).held_ucr]).toEqual([before, 75]);
  });

  it('refuses the same id for another user', async () => {
    const request = buildHold();
    await accounting.hold(await accounting.createUser(500), request);
    const other = await accounting.createUser(500);
    expect(refusal(await accounting.hold(other, request))).toEqual(problem(409, 'idempotency_mismatch'));
    expect((await accounting.balance(other)).held_ucr).toBe(0);
  });

  describe('when the balance is too small', () => {
    it('refuses with what is required and what is available', async () => {
      const user = await accounting.createUser(74);
      const answer = await accounting.hold(user, buildHold());
      expect(refusal(answer)).toEqual(problem(402, 'insufficient_credits'));
      expect(answer.body).toMatchObject({ required_ucr: 75, available_ucr: 74 });
    });

    it('counts what other holds have set aside', async () => {
      const user = await accounting.createUser(149);
      await accounting.hold(user, buildHold());
      const { status, body } = await accounting.hold(user, buildHold());
      expect([status, body.available_ucr]).toEqual([402, 74]);
    });

    it('refuses a user who never had any credits', async () => {
      const { status, body } = await accounting.hold(accounting.user(), buildHold());
      expect([status, body.required_ucr, body.available_ucr]).toEqual([402, 75, 0]);
    });

    it('[attack 116] stores nothing, however often it is asked', async () => {
      const user = await accounting.createUser(74);
      const before = await accounting.counts();
      for (let times = 0; times < 5; times++)
        expect(refusal(await accounting.hold(user, buildHold()))).toEqual(problem(402, 'insufficient_credits'));
      expect(await accounting.counts()).toEqual(before);
    });

    it('[attack 116] decides a repetition anew', async () => {
      const user = await accounting.createUser(74);
      const request = buildHold();
      expect((await accounting.hold(user, request)).status).toBe(402);
      await accounting.allocate(user, 1);
      expect((await accounting.hold(user, request)).status).toBe(201);
      expect((await accounting.balance(user)).held_ucr).toBe(75);
    });

    it.each(['settle', 'release', 'progress'] as const)('leaves no hold to %s', async (how) => {
      const request = buildHold();
      await accounting.hold(await accounting.createUser(74), request);
      expect(refusal(await accounting[how](request.hold_id))).toEqual(problem(404, 'hold_not_found'));
    });
  });

  it('refuses a frozen account with 423, stores nothing, and takes the same request when it is active again', async () => {
    const user = await accounting.createUser(500);
    const accounts = accounting.db.collection<{ _id: string }>('credit_accounts');
    const setStatus = (status: string) => accounts.updateOne({ _id: `user:${user.id}` }, { $set: { status } });
    const request = buildHold();
    await setStatus('frozen');
    const refused = await accounting.hold(user, request);
    const stored = await accounting.storedHold(request.hold_id);
    await setStatus('active');
    expect([refusal(refused), stored]).toEqual([problem(423, 'account_frozen'), null]);
    expect((await accounting.hold(user, request)).status).toBe(201);
  });

  it('lets 64 holds be open at once and refuses the next with 429 and Retry-After', async () => {
    const user = await accounting.createUser(10_000);
    const requests = Array.from({ length: 64 }, () => buildHold());
    await Promise.all(requests.map((request) => accounting.hold(user, request)));
    const next = buildHold();
    const refused = await accounting.hold(user, next);
    expect([...refusal(refused), refused.headers.get('retry-after')]).toEqual([
      ...problem(429, 'too_many_open_holds'),
      '1',
    ]);
    await accounting.release(requests[0]!.hold_id);
    expect((await accounting.hold(user, next)).status).toBe(201);
  });
});

describe('GET /holds/{id}', () => {
  const get = (holdId: string, token = accounting.chat()) => accounting.http.get(`/holds/${holdId}`, { token });

  it('shows what has become of it', async () => {
    const user = await accounting.createUser(500);
    const request = buildHold();
    await accounting.hold(user, request);
    await accounting.release(request.hold_id);
    const { status, body } = await get(request.hold_id);
    expect([status, body]).toMatchObject([
      200,
      { state: 'released', amount_ucr: 75, released_ucr: 75, charged_ucr: 0 },
    ]);
  });

  it('[attack 116] shows none that was refused', async () => {
    const request = buildHold();
    await accounting.hold(accounting.user(), request);
    expect(refusal(await get(request.hold_id))).toEqual(problem(404, 'hold_not_found'));
  });

  it("hides another service's hold like one that is not there", async () => {
    const request = buildHold();
    await accounting.hold(await accounting.createUser(500), request);
    const other = accounting.auth.serviceToken('batch', 'accounting', 'holds:write');
    expect(refusal(await get(request.hold_id, other))).toEqual(problem(404, 'hold_not_found'));
  });

  it.each<[string, () => string, () => string, number, string]>([
    ['an id that was never used', buildHoldId, () => accounting.chat(), 404, 'hold_not_found'],
    ['an id of another form', () => encodeURIComponent('{"$ne":""}'), () => accounting.chat(), 404, 'hold_not_found'],
    ['a user', buildHoldId, () => accounting.user().token, 403, 'service_token_required'],
    ['a garbage token', buildHoldId, () => 'garbage', 401, 'invalid_token'],
  ])('refuses %s', async (_name, id, token, status, code) => {
    expect(refusal(await get(id(), token()))).toEqual(problem(status, code));
  });
});
