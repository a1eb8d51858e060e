import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getModelToken } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { AccountScene, nameOf, nextPassword as next } from './account-scene.js';
import { mailedToken, mailsTo, tokenIn } from './mailbox.js';
import { signIn, somePassword } from './people.js';
import { logIn } from './running-auth.js';

const scene = new AccountScene();
const { eventsAbout, installation, login, newPerson } = scene;

beforeAll(scene.start);
afterAll(scene.stop);

const me = (token: string) => scene.auth.http.get('/auth/me', { token });

describe('what people do with an account', () => {
  it.each([
    ['POST', '/auth/forgot-password', 400],
    ['POST', '/auth/reset-password', 400],
    ['POST', '/auth/verify-email', 400],
    ['POST', '/auth/resend-verification', 400],
    ['GET', '/auth/me', 401],
    ['PUT', '/auth/me', 401],
    ['DELETE', '/auth/me', 401],
    ['DELETE', '/users/{id}', 401],
  ])('[auth I1, I9] is there, documented, and says what is missing: %s %s', async (method, path, status) => {
    const { paths } = (await scene.auth.http.get('/openapi.json')).body;
    expect(paths[path][method.toLowerCase()].responses).toHaveProperty(String(status));
    const hasBody = method === 'POST' || method === 'PUT';
    const answer = await scene.auth.http.open(method, path.replace('{id}', 'usr_1'), hasBody ? {} : undefined);
    expect([answer.status, await answer.json()]).toEqual([
      status,
      expect.objectContaining({ code: expect.any(String) }),
    ]);
  });
});

describe('PUT /auth/me', () => {
  it('[auth I4, I6] changes names and language, and nothing else', async () => {
    const someone = await newPerson();
    const change = { first_name: 'Ada', last_name: 'Byron', language: 'de' };
    const { status, body } = await scene.auth.http.put('/auth/me', change, { token: someone.token });
    expect([status, body]).toEqual([200, expect.objectContaining({ first_name: 'Ada', last_name: 'Byron' })]);
    expect((await me(someone.token)).body).toMatchObject({ first_name: 'Ada', email_verified: true, role: 'user' });
  });

  it.each([
    { role: 'platform_admin' },
    { platform_role: 'platform_admin' },
    { role_id: 'r' },
    { org_id: 'o' },
    { is_active: true },
    { status: 'active' },
    { email_verified: true },
    { email: 'a@example.com' },
    { username: 'root' },
    { password_hash: 'x' },
    { id: 'usr_1' },
    { created_at: '2020-01-01' },
    { is_platform_admin: true },
  ])('[attack 52] refuses %j and changes nothing', async (surplus) => {
    const token = await logIn(scene.auth, 'user2');
    const before = (await me(token)).body;
    const { status, body } = await scene.auth.http.put('/auth/me', { first_name: 'Mallory', ...surplus }, { token });
    expect([status, body.code]).toEqual([400, 'unknown_field']);
    expect((await me(token)).body).toEqual(before);
  });

  it('[attack 35] is not moved by prototypes', async () => {
    const token = await logIn(scene.auth, 'user2');
    for (const raw of ['{"__proto__":{"isAdmin":true}}', '{"constructor":{"prototype":{"isAdmin":true}}}']) {
      const { status } = await scene.auth.http.put('/auth/me', undefined, { token, raw });
      expect(status).toBe(400);
    }
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  });

  it('refuses whoever is not signed in', async () => {
    expect((await scene.auth.http.put('/auth/me', { first_name: 'x' })).body.code).toBe('token_missing');
  });
});

describe('POST /auth/change-password', () => {
  const change = (token: string, current: string, wanted = next) =>
    scene.auth.http.post('/auth/change-password', { current_password: current, new_password: wanted }, { token });

  it('takes the new one, ends the other sessions and says so by mail', async () => {
    const someone = await newPerson();
    await signIn(scene.auth, nameOf(someone));
    expect((await change(someone.token, somePassword)).status).toBe(204);
    expect([(await login(someone.email)).status, (await login(someone.email, next)).status]).toEqual([401, 200]);
    const sessions: Model<{ end_reason: string | null }> = scene.auth.app.get(getModelToken('LoginSession'), {
      strict: false,
    });
    const reasons = (await sessions.find({ user_id: someone.id }).sort({ created_at: 1 }).lean()).map(
      (each) => each.end_reason,
    );
    expect(reasons.filter((reason) => reason === 'password_changed')).toHaveLength(1);
    expect((await me(someone.token)).status).toBe(200);
    expect((await mailsTo(scene.auth, someone.email))[0]!.subject).toBe('Your password was changed');
  });

  it('refuses a wrong one without signing out, and counts it as a guess', async () => {
    const someone = await newPerson();
    const { status, body } = await change(someone.token, 'wrong');
    expect([status, body.code]).toEqual([403, 'password_incorrect']);
    for (let n = 0; n < 11; n++) await change(someone.token, 'wrong');
    expect((await change(someone.token, somePassword)).status).toBe(429);
    expect((await me(someone.token)).status).toBe(200);
    installation.clock.advance(900_000);
  });

  it('holds the rules', async () => {
    const someone = await newPerson();
    expect((await change(someone.token, somePassword, 'short')).body.code).toBe('password_too_short');
    expect((await change(someone.token, somePassword, someone.email)).body.code).toBe('password_contextual');
    expect((await login(someone.email)).status).toBe(200);
  });

  it('lets one of two changes at once through', async () => {
    const someone = await newPerson();
    const both = await Promise.all([1, 2].map((n) => change(someone.token, somePassword, `${next} ${n}`)));
    expect(both.filter(({ status }) => status === 204)).toHaveLength(1);
  });
});

describe('DELETE /auth/me', () => {
  const deactivate = (token: string, password: string) =>
    scene.auth.http.open('DELETE', '/auth/me', { password }, { token }).then(async (response) => ({
      status: response.status,
      body: (await response.json()) as Record<string, string>,
    }));
  const restore = (token: string) => scene.auth.http.post('/auth/restore', { token });

  it('[auth I7, G4] [attack 68] deactivates after the password; only the mailed link brings it back', async () => {
    const someone = await newPerson();
    expect((await deactivate(someone.token, 'wrong')).body.code).toBe('password_incorrect');
    const { status, body } = await deactivate(someone.token, somePassword);
    expect([status, body.message]).toEqual([200, 'Account deactivated successfully']);
    expect((await me(someone.token)).status).toBe(401);
    const refused = await login(someone.email);
    expect([refused.status, refused.body.code]).toEqual([401, 'account_disabled']);
    expect((await login(someone.email, 'a wrong password')).body.code).toBe('invalid_credentials');
    expect(await eventsAbout(someone.id)).toContain('account-disabled');
    const [mail] = await mailsTo(scene.auth, someone.email);
    expect((await restore(tokenIn(mail!))).status).toBe(200);
    expect((await login(someone.email)).status).toBe(200);
    expect((await restore(tokenIn(mail!))).body.code).toBe('token_used');
    expect(await eventsAbout(someone.id)).toContain('account-enabled');
  });

  it('[attack 68] answers a signup with its address as any other, and mails the link again', async () => {
    const someone = await newPerson();
    await deactivate(someone.token, somePassword);
    await mailsTo(scene.auth, someone.email);
    const wanted = { email: someone.email, password: next, first_name: 'New', last_name: 'Owner' };
    expect((await scene.auth.http.post('/auth/signup', wanted)).status).toBe(202);
    expect((await login(someone.email, next)).body.code).toBe('invalid_credentials');
    expect((await restore(await mailedToken(scene.auth, someone.email))).status).toBe(200);
  });

  it('cannot be brought back after thirty days', async () => {
    const someone = await newPerson();
    await deactivate(someone.token, somePassword);
    const link = await mailedToken(scene.auth, someone.email);
    installation.clock.advance(30 * 86_400_000);
    expect((await restore(link)).body.code).toBe('token_expired');
  });

  it('keeps the last administrator', async () => {
    const token = await logIn(scene.auth, 'admin');
    const { status, body } = await deactivate(token, 'parley-admin-demo');
    expect([status, body.code]).toEqual([409, 'last_administrator']);
    expect((await me(token)).status).toBe(200);
  });
});
