import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { PeriodicJobs } from '@parley/platform';
import type { TestService } from '@parley/testing';
import type { Connection } from 'mongoose';
import { ErrandRunner } from '../src/errands/errand-runner.js';
import { PersonalData } from '../src/user-erasures/personal-data.js';
import { UsersService } from '../src/users/users.service.js';
import { ErrandReceiver } from './errand-receiver.js';
import { AuthInstallation, logIn } from './running-auth.js';

const installation = new AuthInstallation();
let auth: TestService;
let receiver: ErrandReceiver;
let admin: string;
let adminId: string;
let hash: string;
let count = 0;

beforeAll(async () => {
  receiver = await ErrandReceiver.start();
  auth = await installation.start({ CHAT_URL: receiver.url, ACCOUNTING_URL: receiver.url });
  // The tests make the rounds themselves.
  await auth.app.get(PeriodicJobs, { strict: false }).stop('errands');
  admin = await logIn(auth, 'admin');
  adminId = (await auth.http.get('/auth/me', { token: admin })).body.id as string;
  hash = (await users().findByName({ username: 'user1' }))!.password_hash;
});
beforeEach(() => void (receiver.status = 200));
afterAll(async () => {
  await installation.remove();
  await receiver.stop();
});

const users = () => auth.app.get(UsersService, { strict: false });
const database = () => auth.app.get<Connection>(getConnectionToken());
const erase = (id: string, token = admin) => auth.http.delete(`/users/${id}`, { token });

/** A user whose password is that of user1. */
async function createUser(role: 'user' | 'support' | 'platform_admin' = 'user') {
  const username = `gone${++count}`;
  const email = `${username}@example.com`;
  const names = { first_name: 'Wilhelmina', last_name: 'Quartermain' };
  const state = { email_verified: true, status: 'active', platform_role: role } as const;
  await users().add({ username, email, ...names, ...state, password_hash: hash });
  const { body } = await auth.http.post('/auth/login', { username, password: 'parley-user1-demo' });
  return { id: body.user.id as string, token: body.access_token as string, username, email };
}

/** Everything that auth has stored, as one text. */
async function everything(): Promise<string> {
  const collections = await database().db!.collections();
  const documents = await Promise.all(collections.map((collection) => collection.find({}).toArray()));
  return JSON.stringify(documents);
}

describe('DELETE /users/{id}', () => {
  it('[auth I8] erases a user for good: what is left is the opaque id', async () => {
    const user = await createUser();
    const mail = { _id: 'mail_1', to: { name: 'W', address: user.email }, template: 't', state: 'waiting' };
    await database()
      .collection('mail_outbox')
      .insertOne(mail as never);
    const { status, body } = await erase(user.id);
    expect([status, body]).toEqual([204, '']);
    const left = await everything();
    for (const personal of [user.email, user.username, 'Wilhelmina', 'Quartermain'])
      expect(left).not.toContain(personal);
    expect(left).toContain(user.id);
    expect(await database().collection('login_sessions').countDocuments({ user_id: user.id })).toBe(0);
    const trail = await database().collection('audit_entries').find({ actor: user.id }).toArray();
    expect(trail.map(({ ip_address }) => ip_address as string)).toEqual(trail.map(() => null));
    expect(trail.length).toBeGreaterThan(0);
  });

  it('[auth I8] ends everything at once, and writes down who did it', async () => {
    const user = await createUser();
    await erase(user.id);
    const me = await auth.http.get('/auth/me', { token: user.token });
    expect([me.status, me.headers.has('www-authenticate')]).toEqual([401, true]);
    const login = await auth.http.post('/auth/login', { username: user.username, password: 'parley-user1-demo' });
    expect([login.status, login.body.code]).toEqual([401, 'invalid_credentials']);
    const events = database().collection('security_events');
    expect(await events.countDocuments({ change: { type: 'account-disabled', sub: user.id } })).toBe(1);
    const entry = await database().collection('audit_entries').findOne({ type: 'user.erased', subject: user.id });
    expect(entry).toMatchObject({ actor: adminId, facts: {} });
    expect((await auth.http.get('/auth/me', { token: admin })).status).toBe(200);
  });

  it('tells accounting and chat, each with a token for nothing else', async () => {
    const user = await createUser();
    await erase(user.id);
    const told = receiver.about(user.id).map(({ path, body, claims }) => [claims.aud, path, body, claims.scope]);
    const body = { user_id: user.id };
    expect(told.sort()).toEqual([
      ['accounting', '/internal/erasures', body, 'users:erase'],
      ['chat', '/internal/erasures', body, 'users:erase'],
    ]);
  });

  it('is done here while the others are down; they hear of it when they are back, after a restart too', async () => {
    receiver.status = 503;
    const user = await createUser();
    expect((await erase(user.id)).status).toBe(204);
    expect(receiver.about(user.id)).toEqual([]);
    receiver.status = 200;
    const other = await installation.start({ CHAT_URL: receiver.url, ACCOUNTING_URL: receiver.url });
    installation.clock.advance(10_000);
    await other.app.get(ErrandRunner, { strict: false }).sendDue();
    expect(receiver.about(user.id)).toHaveLength(2);
    await installation.stop(other);
  });

  it('lets the address and the name sign up again, as somebody else', async () => {
    const user = await createUser();
    await erase(user.id);
    count--;
    const again = await createUser();
    expect([again.email, again.id === user.id]).toEqual([user.email, false]);
    await erase(again.id);
  });

  it('[auth I8] is for platform administrators only', async () => {
    const user = await createUser();
    const support = await createUser('support');
    for (const token of [user.token, support.token]) {
      const { status, body } = await erase(user.id, token);
      expect([status, body.code, body.permission]).toEqual([403, 'permission_denied', 'users:erase']);
    }
    expect((await auth.http.delete(`/users/${user.id}`)).status).toBe(401);
    expect((await auth.http.get('/auth/me', { token: user.token })).status).toBe(200);
  });

  it('never erases oneself, nor anybody twice or who is not there', async () => {
    const self = await erase(adminId);
    expect([self.status, self.body.code]).toEqual([403, 'own_account']);
    const user = await createUser();
    const answers = await Promise.all([erase(user.id), erase(user.id)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
    for (const id of [user.id, 'usr_nobody', '__proto__']) expect((await erase(id)).body.code).toBe('user_not_found');
    expect((await auth.http.get('/auth/me', { token: admin })).status).toBe(200);
  });

  it('leaves one of two administrators who erase each other at the same moment', async () => {
    const [one, two] = [await createUser('platform_admin'), await createUser('platform_admin')];
    const answers = await Promise.all([erase(two.id, one.token), erase(one.id, two.token)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401]);
    for (const { id } of [one, two]) await erase(id);
  });

  it('keeps the last administrator, whoever asks', async () => {
    const second = await createUser('platform_admin');
    const active = { platform_role: 'platform_admin', status: 'active' };
    await database()
      .collection('users')
      .updateMany({ ...active, _id: { $ne: second.id } } as never, { $set: { status: 'suspended' } });
    const lone = await erase(second.id, second.token);
    expect([lone.status, lone.body.code]).toEqual([403, 'own_account']);
    await database()
      .collection<{ _id: string }>('users')
      .updateOne({ _id: adminId }, { $set: { status: 'active' } });
    expect((await erase(second.id)).status).toBe(204);
    expect((await auth.http.get('/auth/me', { token: admin })).status).toBe(200);
  });

  it('changes nothing when it cannot be written as a whole', async () => {
    const user = await createUser();
    const personalData = auth.app.get(PersonalData, { strict: false });
    const forget = personalData.erase.bind(personalData);
    personalData.erase = async (...given) => {
      await forget(...given);
      throw new Error('the process dies here');
    };
    expect((await erase(user.id)).status).toBe(500);
    personalData.erase = forget;
    expect((await auth.http.get('/auth/me', { token: user.token })).status).toBe(200);
    expect(receiver.about(user.id)).toEqual([]);
    expect((await erase(user.id)).status).toBe(204);
  });
});

describe('the collections of auth', () => {
  /** Whoever adds one says here whether it is emptied of an erased user. */
  it('that belong to users are known', () => {
    expect(auth.app.get(PersonalData, { strict: false }).ofUsers()).toContain('LoginSession');
  });
});
