import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { inTransaction } from '@parley/platform';
import { type HttpClient, newGate, readSse, type TestService } from '@parley/testing';
import jwt from 'jsonwebtoken';
import type { ClientSession, Connection } from 'mongoose';
import { SigningKeysService } from '../../apps/auth/src/keys/signing-keys.service.js';
import { OneTimeTokens } from '../../apps/auth/src/one-time-tokens/one-time-tokens.js';
import { person, signIn, somePassword } from '../../apps/auth/test/people.js';
import { modelName, type Parley, startParley } from '../parley.js';

let parley: Parley;
let admin: { token: string; userId: string };

beforeAll(async () => {
  parley = await startParley();
  admin = await parley.login('admin');
  const rates = { input_ucr_per_mtok: 1_000_000, output_ucr_per_mtok: 1_000_000, per_call_ucr: 0 };
  const price = { ...rates, cache_read_ucr_per_mtok: 0, cache_write_ucr_per_mtok: 0, free: false };
  await parley.accounting.put(`/prices/${modelName}`, price, admin);
});
afterAll(() => parley.stop());

const routes = (): Array<[HttpClient, string]> => [
  [parley.auth, '/auth/me'],
  [parley.accounting, '/credits/balance'],
  [parley.chat, '/chat/sessions'],
];
const seenBy = (token: string) =>
  Promise.all(
    routes().map(async ([http, path]) => {
      const { status, body } = await http.get(path, { token });
      return [status, (body as { code?: string }).code];
    }),
  );
const good = Array(3).fill([200, undefined]);
/** Settles when all three services refuse the token; nothing but 200 or that refusal may be seen on the way. */
async function untilRefused(token: string, code: string) {
  for (;;) {
    const seen = await seenBy(token);
    for (const each of seen)
      expect([
        [200, undefined],
        [401, code],
      ]).toContainEqual(each);
    if (seen.every(([status]) => status === 401)) return;
  }
}
const inAuth = <Provider, Result>(
  provider: abstract new (...given: never[]) => Provider,
  work: (given: Provider, session: ClientSession) => Promise<Result>,
) =>
  inTransaction(parley.services.auth.get<Connection>(getConnectionToken()), (session) =>
    work(parley.services.auth.get(provider, { strict: false }), session),
  );
const authService = () => ({ app: parley.services.auth, http: parley.auth }) as TestService;
const setStatus = (userId: string, status: string) => parley.auth.patch(`/users/${userId}`, { status }, admin);
const begin = async (token: string) => {
  const { body } = await parley.chat.post('/chat/sessions', {}, { token });
  const gate = newGate();
  parley.model.answers(['one ', gate, 'two']);
  const path = `/chat/sessions/${body.session_id as string}/stream`;
  const response = await parley.chat.open('POST', path, { content: 'Hello' }, { token });
  await gate.reached;
  return { gate, response };
};

describe('[attack 20] a token is refused by all services', () => {
  it('after its session was signed out', async () => {
    const [{ token }, other] = [await parley.login('user1'), await parley.login('user1')];
    expect(await seenBy(token)).toEqual(good);
    expect((await parley.auth.post('/auth/logout', undefined, { token })).status).toBe(204);
    await untilRefused(token, 'session_revoked');
    expect(await seenBy(other.token)).toEqual(good);
  });

  it('after a reset of the password, with every other one of its user', async () => {
    const someone = await person(authService(), 'has-forgotten');
    const second = await signIn(authService(), 'has-forgotten');
    expect([await seenBy(someone.token), await seenBy(second)]).toEqual([good, good]);
    const token = await inAuth(OneTimeTokens, (tokens, session) =>
      tokens.issue({ purpose: 'reset_password', userId: someone.id, lifeMs: 60_000 }, session),
    );
    const password = 'another walk, another harbour';
    expect((await parley.auth.post('/auth/reset-password', { token, password })).status).toBe(200);
    await Promise.all([someone.token, second].map((each) => untilRefused(each, 'credential_changed')));
    expect(await seenBy(await signIn(authService(), 'has-forgotten', password))).toEqual(good);
  });

  it('after a change of the password elsewhere, where it was changed it stays good', async () => {
    const someone = await person(authService(), 'changes');
    const other = await signIn(authService(), 'changes');
    expect(await seenBy(other)).toEqual(good);
    const change = { current_password: somePassword, new_password: 'another walk, another harbour' };
    const { status } = await parley.auth.post('/auth/change-password', change, { token: someone.token });
    expect(status).toBe(204);
    await untilRefused(other, 'session_revoked');
    expect(await seenBy(someone.token)).toEqual(good);
  });

  it('[auth C10] after its account was deactivated by its owner', async () => {
    const { token } = await person(authService(), 'leaves');
    expect(await seenBy(token)).toEqual(good);
    const gone = await parley.auth.open('DELETE', '/auth/me', { password: somePassword }, { token });
    expect(gone.status).toBe(200);
    await untilRefused(token, 'account_disabled');
  });

  it('[auth C10] after its account was suspended, until it is let in again', async () => {
    const { token, userId } = await parley.login('user2');
    expect(await seenBy(token)).toEqual(good);
    expect((await setStatus(userId, 'suspended')).status).toBe(200);
    await untilRefused(token, 'account_disabled');
    expect((await setStatus(userId, 'active')).status).toBe(200);
    for (;;) {
      const seen = await seenBy((await parley.login('user2')).token);
      if (seen.every(([status]) => status === 200)) break;
    }
  });

  it('[attack 19] after its key was revoked, while everybody gets new ones and the services go on', async () => {
    const { token } = await parley.login('user1');
    expect(await seenBy(token)).toEqual(good);
    const rotated = await parley.auth.post('/admin/keys/rotate', { revoke: true, reason: 'a test' }, admin);
    expect(rotated.status).toBe(200);
    await untilRefused(token, 'invalid_token');
    const again = await parley.login('user1');
    admin = await parley.login('admin');
    expect(await seenBy(again.token)).toEqual(good);
    const allocation = { user_id: again.userId, amount_ucr: 1_000_000, reason: 'for the test' };
    expect((await parley.accounting.post('/credits/allocations', allocation, admin)).status).toBe(201);
  });
});

describe('[attack 19] what the standby key has signed', () => {
  it('is refused by all services until that key is current', async () => {
    const keys = parley.services.auth.get(SigningKeysService, { strict: false });
    const { kid, privateKey } = keys.published().find(({ state }) => state === 'standby')!;
    const claims = jwt.decode((await parley.login('user1')).token) as object;
    const early = jwt.sign(claims, privateKey!, { algorithm: 'ES256', header: { alg: 'ES256', typ: 'at+jwt', kid } });
    expect(await seenBy(early)).toEqual(Array(3).fill([401, 'invalid_token']));
    expect((await parley.auth.post('/admin/keys/rotate', { reason: 'a test' }, admin)).status).toBe(200);
    while ((await seenBy(early)).some(([status]) => status !== 200));
  });
});

describe('keys that change while requests come', () => {
  it('[attack 107] refuse nobody', async () => {
    let isOver = false;
    const seen: unknown[] = [];
    const askOn = async () => {
      while (!isOver) {
        seen.push(...(await seenBy((await parley.login('user1')).token)));
      }
    };
    const asking = [askOn(), askOn()];
    for (let count = 0; count < 4; count++) {
      expect((await parley.auth.post('/admin/keys/rotate', { reason: 'a test' }, admin)).status).toBe(200);
      seen.push(...(await seenBy((await parley.login('user2')).token)), ...(await seenBy(admin.token)));
    }
    isOver = true;
    await Promise.all(asking);
    expect(seen.filter((each) => JSON.stringify(each) !== JSON.stringify(good[0]))).toEqual([]);
  });
});

describe('an answer that is running', () => {
  it('[stream 24] loses its reader when the login session ends, and goes on', async () => {
    const { token } = await parley.login('user1');
    const { gate, response } = await begin(token);
    await parley.auth.post('/auth/logout', undefined, { token });
    const events = await readSse(response);
    expect(events.at(-1)).toMatchObject({ event: 'error', data: { code: 'auth_revoked' } });
    gate.release();
  });

  it('[stream 24] [attack 115] ends when its user is suspended, and the model stops', async () => {
    const { token, userId } = await parley.login('user1');
    const { gate, response } = await begin(token);
    await setStatus(userId, 'suspended');
    const events = await readSse(response);
    expect(events.at(-1)!.data).toMatchObject({ code: 'auth_revoked' });
    await parley.model.untilAborted();
    gate.release();
    await setStatus(userId, 'active');
  });
});

describe('GET /health/config', () => {
  it('[auth A2, A8] shows the same fingerprints everywhere, and no secret', async () => {
    const answers = await Promise.all(routes().map(([http]) => http.get('/health/config')));
    const keys = answers.map(({ body }) =>
      JSON.stringify((body.keys as Array<{ kid: string }>).toSorted((a, b) => a.kid.localeCompare(b.kid))),
    );
    expect(new Set(keys).size).toBe(1);
    expect(answers[0]!.body.keys[0]).toEqual({
      kid: expect.any(String),
      fingerprint: expect.stringMatching(/^[\w-]{43}$/),
    });
    const { body: jwks } = await parley.auth.get('/.well-known/jwks.json');
    expect(answers[0]!.body.keys).toHaveLength(jwks.keys.length as number);
    for (const { body } of answers) expect(JSON.stringify(body)).not.toMatch(/secret|-of-this-test-run/);
  });
});
