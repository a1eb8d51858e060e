import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { inTransaction } from '@parley/platform';
import type { TestService } from '@parley/testing';
import type { Connection } from 'mongoose';
import { Administrators } from '../src/users/administrators.js';
import { UsersService } from '../src/users/users.service.js';
import { addUser, type Person, person } from './people.js';
import { AuthInstallation } from './running-auth.js';

const installation = new AuthInstallation();
let auth: TestService;
let connection: Connection;
let admin: Person;
let support: Person;
let auditor: Person;
let user: Person;

beforeAll(async () => {
  // The demo's administrator would count too.
  auth = await installation.start({ SEED_DEMO: 'false' });
  connection = auth.app.get(getConnectionToken(), { strict: false });
  admin = await person(auth, 'ada', { platform_role: 'platform_admin' });
  support = await person(auth, 'sue', { platform_role: 'support' });
  auditor = await person(auth, 'audrey', { platform_role: 'auditor' });
  user = await person(auth, 'uma');
});
afterAll(() => installation.remove());

const change = (id: string, body: unknown, { token }: { token: string } = admin) =>
  auth.http.patch(`/users/${id}`, body, { token });
const stored = (collection: string, filter: object) =>
  connection.collection(collection).find(filter).sort({ at: 1 }).toArray();
const eventsOf = async (id: string) =>
  (await stored('security_events', { 'change.sub': id })).map((each) => each.change);
const auditOf = async (id: string) => (await stored('audit_entries', { subject: id })).map(({ type }) => type);

describe('GET /users', () => {
  const list = (query: string, { token }: { token: string } = support) => auth.http.get(`/users${query}`, { token });

  it('shows support and administrators who has an account, newest first', async () => {
    const { status, body } = await list('');
    expect([status, body.next_cursor]).toEqual([200, null]);
    expect(body.data.map((each: { username: string }) => each.username).toSorted()).toEqual([
      'ada',
      'audrey',
      'sue',
      'uma',
    ]);
    expect(body.data.find(({ id }: { id: string }) => id === user.id)).toEqual({
      id: user.id,
      email: 'uma@example.org',
      username: 'uma',
      first_name: 'Given',
      last_name: 'Family',
      email_verified: true,
      status: 'active',
      platform_role: 'user',
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect((await list('', admin)).body).toEqual(body);
  });

  it('finds by the beginning of the address or the username, whatever its case', async () => {
    for (const q of ['UM', 'uma@', 'uma@example.org']) {
      expect((await list(`?q=${encodeURIComponent(q)}`)).body.data).toMatchObject([{ id: user.id }]);
    }
    for (const q of ['ma', '.*', '^u', '$gt', 'uma@example.org%', '\u0000']) {
      expect((await list(`?q=${encodeURIComponent(q)}`)).body.data).toEqual([]);
    }
  });

  it('goes through them page by page, each once', async () => {
    const seen: string[] = [];
    for (let cursor = '', pages = 0; pages < 9; pages++) {
      const { body } = await list(`?limit=3${cursor}`);
      seen.push(...body.data.map(({ id }: { id: string }) => id));
      if (body.next_cursor === null) break;
      cursor = `&cursor=${body.next_cursor}`;
    }
    expect(seen.toSorted()).toEqual([admin, support, auditor, user].map(({ id }) => id).toSorted());
  });

  it.each(['limit=0', 'limit=101', 'cursor=none', 'q[$gt]=', 'q=a&q=b', 'email=x', 'limit=1&limit=2'])(
    'refuses %s',
    async (query) => expect((await list(`?${query}`)).status).toBe(400),
  );

  it('is closed to users and auditors, as is one user alone', async () => {
    for (const path of ['/users', `/users/${admin.id}`]) {
      for (const { token } of [user, auditor]) {
        const { status, body } = await auth.http.get(path, { token });
        expect([status, body.detail]).toEqual([403, 'Access denied. Required: users:read']);
      }
    }
    expect((await auth.http.get('/users')).status).toBe(401);
  });

  it('shows one user, and nobody who is not there', async () => {
    const { status, body } = await auth.http.get(`/users/${user.id}`, { token: support.token });
    expect([status, body.email]).toEqual([200, 'uma@example.org']);
    const none = await auth.http.get('/users/usr_none', { token: support.token });
    expect([none.status, none.body.code]).toEqual([404, 'user_not_found']);
  });
});

describe('GET /users/me', () => {
  const mine = (query: string, { token }: { token: string }) => auth.http.get(`/users/me${query}`, { token });

  it('[auth D4] says which role and permissions one has', async () => {
    const answers = await Promise.all([admin, support, auditor, user].map((each) => mine('', each)));
    expect(answers.map(({ body }) => [body.role, body.org_id])).toEqual([
      ['platform_admin', null],
      ['support', null],
      ['auditor', null],
      ['user', null],
    ]);
    expect(answers[2]!.body.permissions).toEqual(
      expect.arrayContaining(['ledger:audit', 'credits:read', 'audit:read']),
    );
  });

  it('knows no organisation of which one is no member', async () => {
    const { status, body } = await mine('?org_id=org_1', admin);
    expect([status, body.code]).toEqual([404, 'organization_not_found']);
    for (const query of ['?org_id[$ne]=x', '?org_id=a&org_id=b', '?org=1']) {
      expect((await mine(query, user)).status).toBe(400);
    }
  });
});

describe('PATCH /users/{id}', () => {
  it('gives a role at once, tells the services and stands in the audit log', async () => {
    const ben = await person(auth, 'ben');
    expect((await auth.http.get('/users', { token: ben.token })).status).toBe(403);
    const given = await change(ben.id, { platform_role: 'support' });
    expect([given.status, given.body.platform_role]).toEqual([200, 'support']);
    expect((await auth.http.get('/users', { token: ben.token })).status).toBe(200);
    installation.clock.advance(1_000);
    await change(ben.id, { platform_role: 'user' });
    expect((await auth.http.get('/users', { token: ben.token })).status).toBe(403);
    expect(await eventsOf(ben.id)).toEqual([
      { type: 'token-claims-change', sub: ben.id, org_id: null, mv: 1 },
      { type: 'token-claims-change', sub: ben.id, org_id: null, mv: 2 },
    ]);
    const entries = await stored('audit_entries', { subject: ben.id, type: 'user.role_changed' });
    expect(entries).toMatchObject([
      { actor: admin.id, facts: { from: 'user', to: 'support' }, ip_address: '127.0.0.1' },
      { actor: admin.id, facts: { from: 'support', to: 'user' } },
    ]);
  });

  it('suspends an account, whose tokens and sessions end, and lets it in again', async () => {
    const cat = await person(auth, 'cat');
    expect((await change(cat.id, { status: 'suspended' })).body.status).toBe('suspended');
    const refused = await auth.http.get('/auth/me', { token: cat.token });
    expect(refused.status).toBe(401);
    const signIn = () => auth.http.post('/auth/login', { username: 'cat', password: 'correct horse battery staple' });
    expect([(await signIn()).status, (await signIn()).body.code]).toEqual([401, 'account_disabled']);
    expect((await change(cat.id, { status: 'active' })).body.status).toBe('active');
    expect((await signIn()).status).toBe(200);
    expect(await eventsOf(cat.id)).toEqual(
      expect.arrayContaining([
        { type: 'account-disabled', sub: cat.id },
        expect.objectContaining({ type: 'credential-change', sub: cat.id }),
        { type: 'account-enabled', sub: cat.id },
      ]),
    );
    expect(await auditOf(cat.id)).toEqual(
      expect.arrayContaining(['login_sessions.ended', 'user.suspended', 'user.reactivated']),
    );
  });

  it('says nothing twice where nothing changes', async () => {
    const dan = await addUser(auth, 'dan');
    expect((await change(dan._id, { platform_role: 'user', status: 'active' })).status).toBe(200);
    expect([await eventsOf(dan._id), await auditOf(dan._id)]).toEqual([[], []]);
  });

  it.each([
    ['platform_role', { platform_role: 'user' }],
    ['status', { status: 'suspended' }],
  ])('lets nobody change their own %s', async (_what, body) => {
    const answer = await change(admin.id, body);
    expect([answer.status, answer.body.code]).toEqual([403, 'own_account']);
  });

  it('is for administrators alone', async () => {
    for (const each of [user, support, auditor]) {
      const { status, body } = await change(user.id, { platform_role: 'platform_admin' }, each);
      expect([status, body.detail]).toEqual([403, 'Access denied. Required: users:write']);
    }
    expect((await auth.http.patch(`/users/${user.id}`, { status: 'suspended' })).status).toBe(401);
    expect((await auth.http.get(`/users/${user.id}`, { token: admin.token })).body.platform_role).toBe('user');
  });

  it('leaves an account alone that its owner has deactivated', async () => {
    const eve = await addUser(auth, 'eve', { status: 'deactivated' });
    for (const status of ['active', 'suspended']) {
      const answer = await change(eve._id, { status });
      expect([answer.status, answer.body.code]).toEqual([409, 'account_deactivated']);
    }
  });

  it('[attack 52] takes no other field, and nothing from one', async () => {
    const body = { status: 'active', platform_role: 'user' };
    const fields = ['role', 'role_id', 'org_id', 'is_active', 'email_verified', 'password_hash', 'id', 'created_at'];
    const before = await auth.http.get(`/users/${user.id}`, { token: admin.token });
    for (const field of [...fields, 'email', 'username', 'demo', 'is_platform_admin', 'role_version']) {
      const answer = await change(user.id, { ...body, [field]: 'x' });
      expect([field, answer.status, answer.body.code]).toEqual([field, 400, 'unknown_field']);
    }
    for (const bad of [{}, { status: 'deactivated' }, { platform_role: { $ne: 1 } }, { status: ['active'] }, []]) {
      expect((await change(user.id, bad)).status).toBe(400);
    }
    const after = await auth.http.get(`/users/${user.id}`, { token: admin.token });
    expect(after.body).toEqual(before.body);
  });
});

describe('the last administrator', () => {
  const admins = () =>
    connection.collection('users').countDocuments({ platform_role: 'platform_admin', status: 'active' });

  it('is left by two who take the right from each other at the same moment', async () => {
    for (const body of [{ platform_role: 'user' }, { status: 'suspended' }]) {
      const other = await person(auth, `other-${Object.keys(body)[0]!.replace('_', '')}`, {
        platform_role: 'platform_admin',
      });
      const answers = await Promise.all([change(other.id, body, admin), change(admin.id, body, other)]);
      expect(answers.map(({ status }) => status).toSorted()[0]).toBe(200);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect([401, 403, 409]).toContain(answers.find(({ status }) => status !== 200)!.status);
      expect(await admins()).toBe(1);
      await connection
        .collection('users')
        .updateOne({ username: 'ada' }, { $set: { platform_role: 'platform_admin', status: 'active' } });
      await connection.collection('users').deleteOne({ username: other.email.split('@')[0] });
    }
  });

  it('cannot cease to be one: 409 last_administrator', async () => {
    const last = await auth.app.get(UsersService, { strict: false }).get(admin.id);
    const administrators = auth.app.get(Administrators, { strict: false });
    const asked = inTransaction(connection, (session) => administrators.mayDoWithout(last, session));
    await expect(asked).rejects.toMatchObject({ code: 'last_administrator', status: 409 });
    const second = await addUser(auth, 'second', { platform_role: 'platform_admin' });
    await inTransaction(connection, (session) => administrators.mayDoWithout(last, session));
    await connection.collection<{ _id: string }>('users').deleteOne({ _id: second._id });
  });
});
