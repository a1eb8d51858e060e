import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccountingHarness, buildHold, flatPrice, problem, refusal, type TestUser } from './accounting-harness.js';

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  await accounting.price('flat', flatPrice(75));
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

describe('GET /credits/balance', () => {
  const get = (token?: string, query = '') =>
    accounting.http.get(`/credits/balance${query}`, token === undefined ? {} : { token });

  it('answers zeros for an own account that was never used', async () => {
    const user = accounting.user();
    const { status, body } = await get(user.token);
    const zeros = { balance_ucr: 0, held_ucr: 0, available_ucr: 0 };
    expect([status, body]).toEqual([
      200,
      { account_id: `user:${user.id}`, ...zeros, as_of: '2026-01-15T12:00:00.000Z' },
    ]);
  });

  it('tells what is held from what is available', async () => {
    const user = await accounting.createUser(500);
    await accounting.hold(user, buildHold());
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 500, held_ucr: 75, available_ucr: 425 });
  });

  it("shows somebody else's to a reader with credits:read", async () => {
    const user = await accounting.createUser(500);
    const reader = accounting.user(['credits:read']);
    expect((await get(reader.token, `?user_id=${user.id}`)).body.balance_ucr).toBe(500);
  });

  it("takes one's own id", async () => {
    const user = await accounting.createUser(500);
    expect((await get(user.token, `?user_id=${user.id}`)).body.balance_ucr).toBe(500);
  });

  it('answers the same for an account that is not there and one that may not be seen', async () => {
    const user = await accounting.createUser(500);
    const curious = accounting.user();
    const hidden = await get(curious.token, `?user_id=${user.id}`);
    const absent = await get(curious.token, '?user_id=usr_nobody');
    expect(refusal(hidden)).toEqual(problem(404, 'account_not_found'));
    expect({ ...hidden.body, request_id: '' }).toEqual({ ...absent.body, request_id: '' });
  });

  it.each<[string, () => string | undefined, string, number, string]>([
    ['an absent account', () => accounting.admin(), '?user_id=usr_nobody', 404, 'account_not_found'],
    ['no token', () => undefined, '', 401, 'token_missing'],
    ['a garbage token', () => 'a.b.c', '', 401, 'invalid_token'],
    ['a service', () => accounting.chat(), '', 403, 'user_token_required'],
    ['two users', () => accounting.admin(), '?user_id=a&user_id=b', 400, 'validation_failed'],
    ['an operator for a user', () => accounting.admin(), '?user_id[$ne]=a', 400, 'unknown_field'],
    ['an empty user', () => accounting.admin(), '?user_id=', 400, 'validation_failed'],
    ['an unknown parameter', () => accounting.admin(), '?page=2', 400, 'unknown_field'],
  ])('refuses %s', async (_name, token, query, status, code) => {
    expect(refusal(await get(token(), query))).toEqual(problem(status, code));
  });

  it('answers 503 with Retry-After while the rights of the reader cannot be known', async () => {
    const { token } = accounting.user();
    accounting.auth.down = true;
    const answer = await get(token);
    accounting.auth.down = false;
    expect([...refusal(answer), answer.headers.get('retry-after')]).toEqual([
      ...problem(503, 'authz_unavailable'),
      '2',
    ]);
  });
});

describe('GET /credits/entries', () => {
  const get = (user: TestUser, query = '') => accounting.http.get(`/credits/entries${query}`, { token: user.token });

  it('lists what happened, newest first', async () => {
    const user = await accounting.createUser(500);
    const hold = buildHold();
    await accounting.hold(user, hold);
    await accounting.settle(hold.hold_id);
    const { status, body } = await get(user);
    const common = { account_id: `user:${user.id}`, at: '2026-01-15T12:00:00.000Z' };
    const price_id = expect.any(String);
    expect([status, body]).toEqual([
      200,
      {
        data: [
          {
            ...common,
            entry_id: `close:${hold.hold_id}`,
            seq: 3,
            type: 'settle',
            delta_ucr: -75,
            held_delta_ucr: -75,
            balance_after_ucr: 425,
            held_after_ucr: 0,
            hold_id: hold.hold_id,
            price_id,
            usage: { input_tokens: 10, output_tokens: 0, source: 'provider' },
            outcome: 'completed',
          },
          {
            ...common,
            entry_id: `hold:${hold.hold_id}`,
            seq: 2,
            type: 'hold',
            delta_ucr: 0,
            held_delta_ucr: 75,
            balance_after_ucr: 500,
            held_after_ucr: 75,
            hold_id: hold.hold_id,
            price_id,
          },
          {
            ...common,
            entry_id: expect.stringMatching(/^alloc/),
            seq: 1,
            type: 'allocation',
            delta_ucr: 500,
            held_delta_ucr: 0,
            balance_after_ucr: 500,
            held_after_ucr: 0,
            reason: 'test',
          },
        ],
        next_cursor: null,
      },
    ]);
  });

  it('goes through all pages without a gap or a double while new entries arrive', async () => {
    const user = await accounting.createUser(1);
    for (let more = 0; more < 4; more++) await accounting.allocate(user, 1);
    const first = (await get(user, '?limit=2')).body;
    await accounting.allocate(user, 1);
    const second = (await get(user, `?limit=2&cursor=${first.next_cursor}`)).body;
    const third = (await get(user, `?limit=2&cursor=${second.next_cursor}`)).body;
    const seqs = [first, second, third].map(({ data }) => data.map(({ seq }: { seq: number }) => seq));
    expect([seqs, third.next_cursor]).toEqual([[[5, 4], [3, 2], [1]], null]);
  });

  it('is empty for an own account that was never used', async () => {
    expect((await get(accounting.user())).body).toEqual({ data: [], next_cursor: null });
  });

  it("shows somebody else's to a reader with credits:read", async () => {
    const user = await accounting.createUser(500);
    const reader = accounting.user(['credits:read']);
    expect((await get(reader, `?user_id=${user.id}`)).body.data).toHaveLength(1);
  });

  it.each([
    ["somebody else's without the permission", '?user_id=usr_admin', 404, 'account_not_found'],
    ['a cursor of nobody', '?cursor=garbage', 400, 'cursor_invalid'],
    ['an empty cursor', '?cursor=', 400, 'cursor_invalid'],
    ['two cursors', '?cursor=a&cursor=b', 400, 'cursor_invalid'],
    ['a limit of zero', '?limit=0', 400, 'validation_failed'],
    ['a limit of 101', '?limit=101', 400, 'validation_failed'],
    ['a limit in words', '?limit=ten', 400, 'validation_failed'],
    ['an unknown parameter', '?page=2', 400, 'unknown_field'],
  ])('refuses %s', async (_name, query, status, code) => {
    expect(refusal(await get(accounting.user(), query))).toEqual(problem(status, code));
  });

  it.each<[string, () => string | undefined, number, string]>([
    ['no token', () => undefined, 401, 'token_missing'],
    ['a garbage token', () => 'garbage', 401, 'invalid_token'],
    ['a service', () => accounting.chat(), 403, 'user_token_required'],
  ])('refuses %s', async (_name, token, status, code) => {
    const given = token();
    const answer = await accounting.http.get('/credits/entries', given === undefined ? {} : { token: given });
    expect(refusal(answer)).toEqual(problem(status, code));
  });
});
