import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AccountingHarness,
  buildHold,
  buildHoldId,
  buildSettlement,
  flatPrice,
  problem,
  refusal,
} from './accounting-harness.js';

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  await accounting.price('flat', flatPrice(75));
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

describe('POST /holds', () => {
  describe('refuses, and changes nothing,', () => {
    it.each<[string, Record<string, unknown>, number, string]>([
      ['a model without a price', { model: 'unheard-of' }, 422, 'model_not_priced'],
      ['an amount in the body', { amount_ucr: 1 }, 400, 'unknown_field'],
      ['an account in the body', { account_id: 'user:usr_admin' }, 400, 'unknown_field'],
      ['a user in the body', { user_id: 'usr_admin' }, 400, 'unknown_field'],
      ['a price in the body', { price_id: 'prc_1' }, 400, 'unknown_field'],
      ['an id of another form', { hold_id: 'stream-1' }, 400, 'validation_failed'],
      ['an object for an id', { hold_id: { $ne: '' } }, 400, 'validation_failed'],
      ['an object for a model', { model: { $gt: '' } }, 400, 'validation_failed'],
      ['a list for a chat session', { chat_session_id: ['ses_1'] }, 400, 'validation_failed'],
      ['a fraction of a token', { input_tokens: 0.5 }, 400, 'validation_failed'],
      ['a negative count', { max_output_tokens: -1 }, 400, 'validation_failed'],
      ['a numeric string', { input_tokens: '10' }, 400, 'validation_failed'],
      ['1e308 tokens', { max_output_tokens: 1e308 }, 400, 'validation_failed'],
      ['2^53 tokens', { max_output_tokens: 2 ** 53 }, 400, 'validation_failed'],
      ['nothing for a count', { input_tokens: undefined }, 400, 'validation_failed'],
    ])('%s', async (_name, change, status, code) => {
      const user = await accounting.createUser(500);
      const before = await accounting.counts();
      expect(refusal(await accounting.hold(user, buildHold(change)))).toEqual(problem(status, code));
      expect(await accounting.counts()).toEqual(before);
    });

    it('malformed JSON', async () => {
      const answer = await accounting.http.post('/holds', undefined, { token: accounting.chat(), raw: '{' });
      expect(refusal(answer)).toEqual(problem(400, 'malformed_json'));
    });

    type Tokens = { token?: string; subject?: string };
    const withTokens = ({ token, subject }: Tokens) =>
      accounting.http.post('/holds', buildHold(), {
        ...(token === undefined ? {} : { token }),
        headers: subject === undefined ? {} : { 'x-subject-token': subject },
      });

    it.each<[string, (own: string) => Tokens, number, string]>([
      ['no token', (own) => ({ subject: own }), 401, 'token_missing'],
      ['a garbage token', (own) => ({ token: 'garbage', subject: own }), 401, 'invalid_token'],
      ["the user's own token", (own) => ({ token: own, subject: own }), 403, 'service_token_required'],
      ['an administrator', (own) => ({ token: accounting.admin(), subject: own }), 403, 'service_token_required'],
      [
        'a service token for another audience',
        (own) => ({ token: accounting.auth.serviceToken('chat', 'chat', 'holds:write'), subject: own }),
        401,
        'invalid_token',
      ],
      [
        'a service token without the scope',
        (own) => ({ token: accounting.auth.serviceToken('chat', 'accounting', 'users:read'), subject: own }),
        403,
        'insufficient_scope',
      ],
      ['no subject', () => ({ token: accounting.chat() }), 401, 'subject_token_missing'],
      ['a garbage subject', () => ({ token: accounting.chat(), subject: 'garbage' }), 401, 'invalid_token'],
      [
        'a service as the subject',
        () => ({ token: accounting.chat(), subject: accounting.chat() }),
        401,
        'invalid_token',
      ],
      [
        'a subject whose token has expired',
        () => ({ token: accounting.chat(), subject: accounting.auth.accessToken('usr_admin', { iat: 1, exp: 2 }) }),
        401,
        'token_expired',
      ],
      [
        'a subject who may not stream',
        () => ({ token: accounting.chat(), subject: accounting.user(['credits:read']).token }),
        403,
        'permission_denied',
      ],
      [
        'a suspended subject',
        () => ({ token: accounting.chat(), subject: accounting.auth.user('usr_out', ['*'], { status: 'suspended' }) }),
        403,
        'permission_denied',
      ],
      [
        'a subject whom auth does not know',
        () => ({ token: accounting.chat(), subject: accounting.auth.accessToken('usr_unknown') }),
        401,
        'account_disabled',
      ],
    ])('%s', async (_name, tokensFor, status, code) => {
      const user = await accounting.createUser(500);
      const before = await accounting.counts();
      expect(refusal(await withTokens(tokensFor(user.token)))).toEqual(problem(status, code));
      expect(await accounting.counts()).toEqual(before);
    });

    it('headers that claim another identity', async () => {
      const user = await accounting.createUser(500);
      const victim = await accounting.createUser(500);
      const headers = { 'x-subject-token': user.token, 'x-user-id': victim.id, 'x-forwarded-user': victim.id };
      const { body } = await accounting.http.post('/holds', buildHold(), { token: accounting.chat(), headers });
      expect(body.account_id).toBe(`user:${user.id}`);
    });
  });

  it('answers 503 with Retry-After while the rights of the subject cannot be known, and holds nothing', async () => {
    const user = await accounting.createUser(500);
    accounting.auth.down = true;
    const answer = await accounting.hold(user, buildHold());
    accounting.auth.down = false;
    expect([...refusal(answer), answer.headers.get('retry-after')]).toEqual([
      ...problem(503, 'authz_unavailable'),
      '2',
    ]);
    expect((await accounting.balance(user)).held_ucr).toBe(0);
  });

  it('never writes a token into the log', async () => {
    const user = await accounting.createUser(500);
    await accounting.hold(user, buildHold());
    expect(accounting.logs.text()).not.toContain(user.token);
    expect(accounting.logs.text()).not.toContain(accounting.chat().split('.')[0]!);
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
    const { hold_id: holdId } = (await accounting.hold(user, buildHold())).body;
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
