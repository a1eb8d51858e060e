import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { hashOfApiKey, isApiKey, newApiKey } from '@parley/auth';
import type { TestService } from '@parley/testing';
import type { Connection } from 'mongoose';
import type { ApiKey } from '../src/api-key-records/api-key.schema.js';
import type { Membership } from '../src/memberships/membership.schema.js';
import type { Role } from '../src/roles/role.schema.js';
import { person, type Person, signIn } from './people.js';
import { AuthInstallation, serviceToken } from './running-auth.js';

const installation = new AuthInstallation();
let auth: TestService;
let connection: Connection;
let ann: Person;
let bob: Person;
/** A team of Ann, of which Bob is an Admin and Eve a Guest. */
let team: string;
let eve: Person;

const stored = () => connection.collection<ApiKey>('api_keys');
const post = (path: string, body: object | undefined, token: string) => auth.http.post(path, body, { token });
const create = (who: Person, body: object) => post('/auth/api-keys', { name: 'Program', ...body }, who.token);
const list = (who: Person, query = '') => auth.http.get(`/auth/api-keys${query}`, { token: who.token });
const revoke = (who: Person, id: string) => auth.http.delete(`/auth/api-keys/${id}`, { token: who.token });
const refusal = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];
const asChat = async () => ({ token: await serviceToken(auth, 'chat', 'auth') });
const verify = async (key: string) =>
  (await auth.http.post('/internal/api-keys/verify', { key_hash: hashOfApiKey(key) }, await asChat())).body;
const grantsOf = async (id: string, userId: string, orgId?: string) => {
  const query = new URLSearchParams({ user_id: userId, api_key_id: id, ...(orgId ? { org_id: orgId } : {}) });
  return auth.http.get(`/internal/authz/grants?${query.toString()}`, await asChat());
};
const audited = (type: string) => connection.collection('audit_entries').find({ type }).sort({ at: -1 }).toArray();
const again = async (who: Person, name: string) => void (who.token = await signIn(auth, name));

async function join(orgId: string, { id }: Person, roleName: string): Promise<void> {
  const roles = connection.collection<Role>('roles');
  const role = await roles.findOne({ org_id: orgId, name: roleName });
  const now = new Date();
  await connection.collection<Membership>('memberships').insertOne({
    ...{ _id: `mem_${id}`, org_id: orgId, user_id: id, role_id: role!._id, status: 'active', mv: 1, added_by: null },
    ...{ created_at: now, updated_at: now },
  });
}

beforeAll(async () => {
  auth = await installation.start();
  connection = auth.app.get(getConnectionToken(), { strict: false });
  [ann, bob, eve] = [await person(auth, 'ann'), await person(auth, 'bob'), await person(auth, 'eve')];
  const own = await connection.collection<{ _id: string }>('organizations').findOne({ created_by: ann.id });
  team = own!._id;
  await join(team, bob, 'Admin');
  await join(team, eve, 'Guest');
});
afterAll(() => installation.remove());

describe('POST /auth/api-keys', () => {
  it('shows the key once, and stores only what finds it again', async () => {
    const answer = await create(ann, { name: ' Nightly ', scopes: ['chat:*'], cap_ucr: 5_000 });
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const { key, id, prefix, last4 } = answer.body;
    expect(isApiKey(key)).toBe(true);
    expect(answer.body).toMatchObject({ name: 'Nightly', scopes: ['chat:*'], cap_ucr: 5_000, org_id: null });
    expect([key.startsWith(prefix), key.endsWith(last4)]).toEqual([true, true]);
    const record = await stored().findOne({ _id: id });
    expect(record).toMatchObject({ hash: hashOfApiKey(key), user_id: ann.id, last_used_at: null });
    expect(JSON.stringify(record)).not.toContain(key);
    const listed = await list(ann);
    expect(listed.body.data).toMatchObject([{ id, prefix, last4, last_used_at: null }]);
    expect(JSON.stringify(listed.body)).not.toContain(key);
    expect((await audited('api_key.created'))[0]).toMatchObject({
      actor: ann.id,
      subject: ann.id,
      facts: { key_id: id },
    });
    expect(JSON.stringify(installation.logs.lines)).not.toContain(key);
  });

  it('is for talking to models when it does not say for what', async () => {
    const { body } = await create(ann, {});
    expect(body.scopes).toEqual(['chat:read', 'chat:write', 'chat:stream', 'models:read']);
  });

  it("[attack 123] refuses another user's id, wherever it is put, and makes the caller's own key without it", async () => {
    for (const field of ['user_id', 'owner', 'created_by', 'userId', 'reference_id']) {
      const { status, body, headers } = await create(ann, { [field]: bob.id });
      expect([status, body.code]).toEqual([400, 'unknown_field']);
      expect(headers.get('content-type')).toContain('application/problem+json');
      expect(body.request_id).toEqual(expect.any(String));
    }
    const query = await post(`/auth/api-keys?user_id=${bob.id}`, { name: 'Program' }, ann.token);
    expect([query.status, query.body.created_by]).toEqual([201, ann.id]);
    expect(await stored().countDocuments({ user_id: bob.id })).toBe(0);
    expect((await create(ann, {})).body.created_by).toBe(ann.id);
  });

  it('refuses scopes that its owner does not have, and says which', async () => {
    const { status, body } = await create(ann, { scopes: ['chat:read', 'credits:allocate', '*:*', 'chat*:read'] });
    expect([status, body.code, body.scopes]).toEqual([
      403,
      'scopes_exceed_rights',
      ['credits:allocate', '*:*', 'chat*:read'],
    ]);
    expect((await create(ann, { scopes: ['chat:r*'] })).status).toBe(201);
  });

  it.each([
    ['a scope that is none', { scopes: ['chat'] }, 'validation_failed'],
    ['no scope at all', { scopes: [] }, 'validation_failed'],
    ['an end in the past', { expires_at: '2001-01-01T00:00:00.000Z' }, 'expires_at_past'],
    ['a cap below nothing', { cap_ucr: -1 }, 'validation_failed'],
    ['an empty name', { name: ' ' }, 'validation_failed'],
  ])('refuses %s', async (_what, change, code) => {
    expect(refusal(await create(ann, change))).toEqual([400, code]);
  });

  it('takes somebody who has shown lately who they are, and no key', async () => {
    const { body } = await create(ann, {});
    const byKey = await post('/auth/api-keys', { name: 'Another' }, body.key);
    expect(refusal(byKey)).toEqual([401, 'invalid_token']);
    expect(byKey.headers.get('www-authenticate')).toContain('error="invalid_token"');
    installation.clock.advance(302_000);
    expect(refusal(await create(ann, {}))).toEqual([403, 'reauthentication_required']);
    await again(ann, 'ann');
    expect((await create(ann, {})).status).toBe(201);
  });
});

describe("an organization's keys", () => {
  beforeAll(() => Promise.all([again(ann, 'ann'), again(bob, 'bob'), again(eve, 'eve')]));

  it('are made, seen and revoked with the permissions for it, and by nobody else', async () => {
    expect(refusal(await create(eve, { org_id: team }))).toEqual([403, 'permission_denied']);
    expect(refusal(await list(eve, `?org_id=${team}`))).toEqual([403, 'permission_denied']);
    const stranger = await person(auth, 'stranger');
    expect(refusal(await create(stranger, { org_id: team }))).toEqual([404, 'organization_not_found']);
    const made = await create(bob, { org_id: team, scopes: ['chat:*'] });
    expect([made.status, made.body.org_id, made.body.created_by]).toEqual([201, team, bob.id]);
    expect((await list(ann, `?org_id=${team}`)).body.data.map(({ id }: ApiKey & { id: string }) => id)).toContain(
      made.body.id,
    );
    expect(refusal(await revoke(stranger, made.body.id))).toEqual([404, 'api_key_not_found']);
    expect(refusal(await revoke(eve, made.body.id))).toEqual([403, 'permission_denied']);
    expect((await revoke(ann, made.body.id)).status).toBe(204);
    expect(refusal(await revoke(ann, made.body.id))).toEqual([404, 'api_key_not_found']);
  });

  it('may do no more than who makes or rotates them', async () => {
    expect(refusal(await create(bob, { org_id: team, scopes: ['*:*'] }))).toEqual([403, 'scopes_exceed_rights']);
    const { body } = await create(ann, { org_id: team, scopes: ['*:*'] });
    const rotation = await post(`/auth/api-keys/${body.id}/rotate`, {}, bob.token);
    expect(refusal(rotation)).toEqual([403, 'scopes_exceed_rights']);
    expect((await post(`/auth/api-keys/${body.id}/rotate`, {}, ann.token)).status).toBe(201);
  });

  it('outlive the membership of who made them, and end with the organization', async () => {
    const { body } = await create(bob, { org_id: team, scopes: ['chat:*'] });
    const memberships = connection.collection<Membership>('memberships');
    await memberships.updateOne({ user_id: bob.id, org_id: team }, { $set: { status: 'removed' } });
    expect(await verify(body.key)).toMatchObject({ active: true, user_id: body.id, org_id: team });
    const grants = (await grantsOf(body.id, body.id, team)).body;
    expect(grants).toMatchObject({ membership: 'active', organization: 'active', scopes: ['chat:*'], role: 'Admin' });
    const organizations = connection.collection<{ _id: string }>('organizations');
    await organizations.updateOne({ _id: team }, { $set: { status: 'suspended' } });
    expect((await grantsOf(body.id, body.id, team)).body).toMatchObject({ organization: 'suspended', permissions: [] });
    await organizations.updateOne({ _id: team }, { $set: { status: 'active' } });
    await memberships.updateOne({ user_id: bob.id, org_id: team }, { $set: { status: 'active' } });
  });
});

describe('POST /internal/api-keys/verify', () => {
  beforeAll(() => again(ann, 'ann'));

  it('says whose a key is, and counts what nobody was given', async () => {
    const { body } = await create(ann, { cap_ucr: 7 });
    const active = { active: true, key_id: body.id, user_id: ann.id, org_id: null, cap_ucr: 7, valid_until: null };
    expect(await verify(body.key)).toEqual(active);
    expect(await verify(newApiKey().key)).toEqual({ active: false, code: 'invalid_token' });
    const byUser = await post('/internal/api-keys/verify', { key_hash: hashOfApiKey(body.key) }, ann.token);
    expect(refusal(byUser)).toEqual([403, 'service_token_required']);
  });

  it('notes the use once a minute', async () => {
    const { body } = await create(ann, {});
    const lastUsed = async () => (await stored().findOne({ _id: body.id }))?.last_used_at?.getTime();
    await verify(body.key);
    const first = installation.clock.now();
    expect(await lastUsed()).toBe(first);
    installation.clock.advance(59_000);
    await verify(body.key);
    expect(await lastUsed()).toBe(first);
    installation.clock.advance(1_000);
    await Promise.all([verify(body.key), verify(body.key)]);
    expect(await lastUsed()).toBe(installation.clock.now());
  });

  it('refuses a key after its end, and one whose owner is suspended', async () => {
    await again(ann, 'ann');
    const expires_at = new Date(installation.clock.now() + 60_000).toISOString();
    const { body } = await create(ann, { expires_at });
    expect(await verify(body.key)).toMatchObject({ active: true, valid_until: Date.parse(expires_at) });
    const { body: other } = await create(ann, {});
    await connection.collection('users').updateOne({ email: ann.email }, { $set: { status: 'suspended' } });
    expect(await verify(other.key)).toEqual({ active: false, code: 'account_disabled' });
    await connection.collection('users').updateOne({ email: ann.email }, { $set: { status: 'active' } });
    expect(await verify(other.key)).toMatchObject({ active: true });
    installation.clock.advance(60_000);
    expect(await verify(body.key)).toEqual({ active: false, code: 'token_expired' });
    expect((await grantsOf(body.id, ann.id)).body).toMatchObject({ status: 'deactivated', permissions: [] });
  });

  it('never lets a key do more than its owner may at that moment', async () => {
    await again(ann, 'ann');
    const users = connection.collection('users');
    await users.updateOne({ email: ann.email }, { $set: { platform_role: 'platform_admin' } });
    const { body } = await create(ann, { scopes: ['credits:allocate', 'chat:*'] });
    expect((await grantsOf(body.id, ann.id)).body).toMatchObject({ permissions: ['*:*'], scopes: body.scopes });
    await users.updateOne({ email: ann.email }, { $set: { platform_role: 'user' } });
    const { permissions, scopes } = (await grantsOf(body.id, ann.id)).body;
    expect(permissions).not.toContain('*:*');
    expect(scopes).toEqual(body.scopes);
  });
});

describe('rotation and revocation', () => {
  beforeAll(() => again(ann, 'ann'));
  const rotate = (id: string, body: object, who = ann) => post(`/auth/api-keys/${id}/rotate`, body, who.token);
  const events = (id: string) => connection.collection('security_events').countDocuments({ 'change.key_id': id });

  it('lets the key before work on for the time that was asked for', async () => {
    const { body: old } = await create(ann, {});
    const { status, body: fresh } = await rotate(old.id, { overlap_seconds: 60 });
    expect([status, fresh.id, fresh.key === old.key]).toEqual([201, old.id, false]);
    const until = installation.clock.now() + 60_000;
    expect(fresh.previous_valid_until).toBe(new Date(until).toISOString());
    expect(await verify(old.key)).toMatchObject({ active: true, key_id: old.id, valid_until: until });
    expect(await verify(fresh.key)).toMatchObject({ active: true, key_id: old.id, valid_until: null });
    expect(await events(old.id)).toBe(1);
    installation.clock.advance(60_000);
    expect(await verify(old.key)).toEqual({ active: false, code: 'token_expired' });
    expect(await verify(fresh.key)).toMatchObject({ active: true });
    await again(ann, 'ann');
    const { body: third } = await rotate(old.id, { overlap_seconds: 0 });
    expect(await verify(old.key)).toEqual({ active: false, code: 'invalid_token' });
    expect(await verify(fresh.key)).toEqual({ active: false, code: 'token_expired' });
    expect(await verify(third.key)).toMatchObject({ active: true });
    expect(refusal(await rotate(old.id, { overlap_seconds: 604_801 }))).toEqual([400, 'validation_failed']);
  });

  it('of two rotations at once whoever is told a key has one that works, and the other is told that it came too late', async () => {
    const { body: old } = await create(ann, {});
    const answers = await Promise.all([rotate(old.id, {}), rotate(old.id, {})]);
    const won = answers.filter(({ status }) => status === 201);
    expect(won.length).toBeGreaterThanOrEqual(1);
    expect(answers.every(({ status, body }) => status === 201 || body.code === 'api_key_changed')).toBe(true);
    const ofThem = await Promise.all([old.key, ...won.map(({ body }) => body.key as string)].map(verify));
    expect(ofThem.filter(({ active }) => active).length).toBeGreaterThanOrEqual(2);
  });

  it('ends a key for good, and nobody finds those of others', async () => {
    const { body } = await create(ann, {});
    expect(refusal(await revoke(bob, body.id))).toEqual([404, 'api_key_not_found']);
    expect(refusal(await rotate(body.id, {}, bob))).toEqual([404, 'api_key_not_found']);
    expect((await revoke(ann, body.id)).status).toBe(204);
    expect(await verify(body.key)).toEqual({ active: false, code: 'invalid_token' });
    expect((await grantsOf(body.id, ann.id)).body).toMatchObject({ status: 'deactivated' });
    expect(await events(body.id)).toBe(1);
    expect((await list(ann)).body.data.map(({ id }: { id: string }) => id)).not.toContain(body.id);
    expect((await audited('api_key.revoked'))[0]).toMatchObject({ actor: ann.id, facts: { key_id: body.id } });
    expect(refusal(await rotate(body.id, {}))).toEqual([404, 'api_key_not_found']);
  });
});
