import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Document } from 'mongodb';
import type { Connection } from 'mongoose';
import { AccountingHarness, problem, refusal } from './accounting-harness.js';

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

const path = '/credits/allocations';
const send = (body: unknown, token = accounting.admin(), headers: Record<string, string> = {}) =>
  accounting.http.post(path, body, { token, headers });

describe('POST /credits/allocations', () => {
  it('answers with the entry and the new balance', async () => {
    const user = accounting.user();
    const { status, body } = await send({ user_id: user.id, amount_ucr: 5_000_000, reason: 'Invoice 14' });
    expect([status, body]).toEqual([
      201,
      {
        entry_id: expect.any(String),
        account_id: `user:${user.id}`,
        amount_ucr: 5_000_000,
        balance_ucr: 5_000_000,
        held_ucr: 0,
        available_ucr: 5_000_000,
        reason: 'Invoice 14',
        at: '2026-01-15T12:00:00.000Z',
      },
    ]);
  });

  it('stores one entry that says where the credits come from and who gave them', async () => {
    const user = await accounting.createUser(700);
    expect(await accounting.entries(user)).toMatchObject([
      {
        type: 'allocation',
        seq: 1,
        delta_ucr: 700n,
        held_delta_ucr: 0n,
        balance_after_ucr: 700n,
        counterparty: 'sys:issuance',
        actor: 'usr_admin',
      },
    ]);
  });

  it('adds to what is there', async () => {
    const user = await accounting.createUser(700);
    const { body } = await accounting.allocate(user, 300);
    expect(body.balance_ucr).toBe(1_000);
  });

  it('takes the largest amount that JSON carries exactly', async () => {
    const user = await accounting.createUser(Number.MAX_SAFE_INTEGER);
    expect((await accounting.balance(user)).balance_ucr).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('answers under /api too', async () => {
    const body = { user_id: accounting.user().id, amount_ucr: 1, reason: 'x' };
    expect((await accounting.http.post(`/api${path}`, body, { token: accounting.admin() })).status).toBe(201);
  });

  describe('with an Idempotency-Key', () => {
    it('answers a repetition with the first answer, even after the balance has moved on', async () => {
      const user = accounting.user();
      const headers = { 'idempotency-key': 'order-1' };
      const first = await accounting.allocate(user, 500, headers);
      await accounting.allocate(user, 1);
      const again = await accounting.allocate(user, 500, headers);
      expect([again.status, again.body]).toEqual([201, first.body]);
      expect([first, again].map((answer) => answer.headers.get('idempotency-replayed'))).toEqual([null, 'true']);
    });

    it('moves nothing on a repetition', async () => {
      const user = accounting.user();
      for (let sent = 0; sent < 3; sent++) await accounting.allocate(user, 500, { 'idempotency-key': 'order-2' });
      expect((await accounting.balance(user)).balance_ucr).toBe(500);
    });

    it('answers a repetition while auth cannot be asked about the user', async () => {
      const user = accounting.user();
      const headers = { 'idempotency-key': 'order-3' };
      const first = await accounting.allocate(user, 500, headers);
      accounting.auth.requests = [];
      await accounting.allocate(user, 500, headers);
      expect([first.status, accounting.auth.requests]).toEqual([201, []]);
    });

    it('recognises a repetition only by what no failover can take back', async () => {
      const asked: unknown[] = [];
      const connection = accounting.service.app.get<Connection>(getConnectionToken());
      connection.set('debug', (collection: string, method: string, _filter: unknown, options: Document) => {
        if (collection === 'credit_entries' && method === 'findOne')
          asked.push(options.session ? 'in a transaction' : options.readConcern);
      });
      await accounting.allocate(accounting.user(), 500, { 'idempotency-key': 'order-4' });
      connection.set('debug', false);
      expect(asked).toEqual([{ level: 'majority' }, 'in a transaction', 'in a transaction']);
    });

    it.each([
      ['another amount', { amount_ucr: 501 }],
      ['another reason', { reason: 'other' }],
      ['another user', { user_id: 'usr_admin' }],
    ])('refuses the same key for %s, and moves nothing', async (name, change) => {
      const user = accounting.user();
      const headers = { 'idempotency-key': `mismatch ${name}`.replaceAll(' ', '-') };
      await accounting.allocate(user, 500, headers);
      const before = await accounting.counts();
      const body = { user_id: user.id, amount_ucr: 500, reason: 'test', ...change };
      expect(refusal(await send(body, undefined, headers))).toEqual(problem(409, 'idempotency_mismatch'));
      expect(await accounting.counts()).toEqual(before);
    });

    it("does not mix one administrator's keys with another's", async () => {
      const user = accounting.user();
      const headers = { 'idempotency-key': 'shared' };
      await accounting.allocate(user, 500, headers);
      const other = accounting.auth.user('usr_other_admin', ['credits:allocate']);
      const { body } = await send({ user_id: user.id, amount_ucr: 500, reason: 'test' }, other, headers);
      expect(body.balance_ucr).toBe(1_000);
    });

    it.each(['', ' ', 'two words', 'ü', 'x'.repeat(256)])('refuses the key %j', async (key) => {
      const body = { user_id: accounting.user().id, amount_ucr: 1, reason: 'x' };
      const answer = await send(body, undefined, { 'idempotency-key': Buffer.from(key).toString('latin1') });
      expect(refusal(answer)).toEqual(problem(400, 'idempotency_key_invalid'));
    });

    it('shows neither the key nor the administrator in the id of the entry', async () => {
      const { body } = await accounting.allocate(accounting.user(), 5, { 'idempotency-key': 'customer-4711' });
      expect(body.entry_id).toMatch(/^alloc:[0-9a-f]{64}$/);
    });
  });

  describe('refuses, and changes nothing,', () => {
    const valid = { user_id: 'usr_admin', amount_ucr: 1, reason: 'x' };
    it.each<[string, unknown, number, string]>([
      ['a fraction', { ...valid, amount_ucr: 1.5 }, 400, 'amount_invalid'],
      ['zero', { ...valid, amount_ucr: 0 }, 400, 'amount_invalid'],
      ['a negative amount', { ...valid, amount_ucr: -5 }, 400, 'amount_invalid'],
      ['2^53', { ...valid, amount_ucr: 2 ** 53 }, 400, 'amount_invalid'],
      ['1e308', { ...valid, amount_ucr: 1e308 }, 400, 'amount_invalid'],
      ['a numeric string', { ...valid, amount_ucr: '5' }, 400, 'amount_invalid'],
      ['not a number', { ...valid, amount_ucr: Number.NaN }, 400, 'amount_invalid'],
      ['an object for an amount', { ...valid, amount_ucr: { $gt: 0 } }, 400, 'amount_invalid'],
      ['a list for an amount', { ...valid, amount_ucr: [5] }, 400, 'amount_invalid'],
      ['no amount', { user_id: 'usr_admin', reason: 'x' }, 400, 'amount_invalid'],
      ['an object for a user', { ...valid, user_id: { $ne: '' } }, 400, 'validation_failed'],
      ['a path for a user', { ...valid, user_id: '../x' }, 400, 'validation_failed'],
      ['a number for a reason', { ...valid, reason: 5 }, 400, 'validation_failed'],
      ['an empty reason', { ...valid, reason: '' }, 400, 'validation_failed'],
      // Half a character cannot be stored, so a repetition would be answered with another reason.
      ['half a character', { ...valid, reason: 'a\ud800' }, 400, 'validation_failed'],
      ['a long reason', { ...valid, reason: 'x'.repeat(201) }, 400, 'validation_failed'],
      ['no reason', { user_id: 'usr_admin', amount_ucr: 1 }, 400, 'validation_failed'],
      ['an unknown field', { ...valid, balance_ucr: 9 }, 400, 'unknown_field'],
      ['a list for a body', [valid], 400, 'validation_failed'],
      ['no body', undefined, 400, 'validation_failed'],
      ['a user who does not exist', { ...valid, user_id: 'usr_nobody' }, 404, 'user_not_found'],
    ])('%s', async (_name, body, status, code) => {
      const before = await accounting.counts();
      expect(refusal(await send(body))).toEqual(problem(status, code));
      expect(await accounting.counts()).toEqual(before);
    });

    it('malformed JSON', async () => {
      const answer = await accounting.http.post(path, undefined, { token: accounting.admin(), raw: '{"user_id":' });
      expect(refusal(answer)).toEqual(problem(400, 'malformed_json'));
    });

    it('a body of a megabyte', async () => {
      expect(refusal(await send({ ...valid, reason: 'x'.repeat(1_000_000) }))).toEqual(problem(413, 'body_too_large'));
    });

    it('an amount that would lift the balance beyond what JSON carries exactly', async () => {
      const user = await accounting.createUser(Number.MAX_SAFE_INTEGER);
      expect(refusal(await accounting.allocate(user, 1))).toEqual(problem(422, 'balance_limit'));
      expect((await accounting.balance(user)).balance_ucr).toBe(Number.MAX_SAFE_INTEGER);
    });

    it('a frozen account', async () => {
      const user = await accounting.createUser(5);
      await accounting.db
        .collection<{ _id: string }>('credit_accounts')
        .updateOne({ _id: `user:${user.id}` }, { $set: { status: 'frozen' } });
      expect(refusal(await accounting.allocate(user, 1))).toEqual(problem(423, 'account_frozen'));
    });

    it.each<[string, () => string, number, string]>([
      ['a garbage token', () => 'garbage', 401, 'invalid_token'],
      ['a user without the permission', () => accounting.user().token, 403, 'permission_denied'],
      ['a service', () => accounting.chat(), 403, 'user_token_required'],
      [
        'a suspended user',
        () => accounting.auth.user('usr_s', ['*'], { status: 'suspended' }),
        401,
        'account_disabled',
      ],
    ])('%s', async (_name, token, status, code) => {
      expect(refusal(await send(valid, token()))).toEqual(problem(status, code));
    });

    it('[auth D1] a user without the permission, and names it', async () => {
      const { status, body } = await send(valid, accounting.user().token);
      expect([status, body.detail]).toEqual([403, 'Access denied. Required: credits:allocate']);
    });

    it('a request without a token', async () => {
      expect(refusal(await accounting.http.post(path, valid))).toEqual(problem(401, 'token_missing'));
    });
  });

  describe('while auth is down', () => {
    it('answers 503 with Retry-After and moves nothing', async () => {
      const user = accounting.user();
      const before = await accounting.counts();
      accounting.auth.down = true;
      const answer = await accounting.allocate(user, 5);
      accounting.auth.down = false;
      expect(refusal(answer)).toEqual(problem(503, 'auth_unavailable'));
      expect(answer.headers.get('retry-after')).toBe('2');
      expect(await accounting.counts()).toEqual(before);
    });
  });
});
