import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { type Grants, permissionCatalogue } from '@parley/contracts';
import type { TestService } from '@parley/testing';
import jwt from 'jsonwebtoken';
import type { Connection } from 'mongoose';
import type { Role } from '../src/roles/role.schema.js';
import { addUser, person, signIn, somePassword } from './people.js';
import { AuthInstallation, serviceToken } from './running-auth.js';

const installation = new AuthInstallation();
let auth: TestService;
let connection: Connection;
let service: string;

beforeAll(async () => {
  auth = await installation.start();
  connection = auth.app.get(getConnectionToken(), { strict: false });
  service = await serviceToken(auth, 'accounting', 'auth');
});
afterAll(() => installation.remove());

const collection = (name: string) => connection.collection<{ _id: string }>(name);
const personalOf = async (userId: string) => {
  const found = await collection('organizations').findOne({ name_key: `personal:${userId}` });
  return found!._id;
};
const grantsOf = async (userId: string, orgId: string) => {
  const query = `user_id=${userId}&org_id=${orgId}`;
  return auth.http.get(`/internal/authz/grants?${query}`, { token: service });
};

describe('every user', () => {
  it('[auth H15] has an organisation of their own, with the default roles, and is its owner', async () => {
    const { _id } = await addUser(auth, 'ann');
    const orgId = await personalOf(_id);
    expect(await collection('organizations').findOne({ _id: orgId })).toMatchObject({
      kind: 'personal',
      created_by: _id,
    });
    const roles = await connection
      .collection<Role>('roles')
      .find({ org_id: orgId })
      .sort({ hierarchy_level: -1 })
      .toArray();
    expect(roles.map(({ name, hierarchy_level: level }) => [name, level])).toEqual([
      ['Owner', 100],
      ['Admin', 80],
      ['Member', 20],
      ['Guest', 10],
    ]);
    const grants = (await grantsOf(_id, orgId)).body as Grants;
    expect(grants).toEqual({
      ...{ user_id: _id, org_id: orgId, status: 'active', role: 'Owner', role_id: roles[0]!._id, level: 100 },
      ...{ membership: 'active', organization: 'active', permissions: ['*:*'], models: null },
    });
  });

  it('gets one at the next sign-in who is from before there were any; of many sign-ins at once, one', async () => {
    const { _id } = await addUser(auth, 'old');
    const orgId = await personalOf(_id);
    for (const name of ['organizations', 'memberships', 'roles'])
      await collection(name).deleteMany({ $or: [{ _id: orgId }, { org_id: orgId }] });
    expect((await grantsOf(_id, orgId)).status).toBe(404);
    const tokens = await Promise.all(Array.from({ length: 5 }, () => signIn(auth, 'old')));
    expect(tokens.every(Boolean)).toBe(true);
    expect(await collection('organizations').countDocuments({ created_by: _id })).toBe(1);
    expect((await grantsOf(_id, await personalOf(_id))).body.level).toBe(100);
  });

  it('has one also when the demo, or nobody but a command, made them', async () => {
    const users = await collection('users').find().toArray();
    for (const { _id } of users) expect(await personalOf(_id)).toMatch(/^org_/);
  });
});

describe('a sign-in to an organisation', () => {
  const logIn = (body: object) => auth.http.post('/auth/login', { username: 'bob', password: somePassword, ...body });

  it('gives a token for it, which says the role and the version of the membership', async () => {
    const { id } = await person(auth, 'bob');
    const orgId = await personalOf(id);
    const { status, body } = await logIn({ org_id: orgId });
    const owner = await collection('roles').findOne({ org_id: orgId, name: 'Owner' });
    expect([status, jwt.decode(body.access_token)]).toMatchObject([
      200,
      { org_id: orgId, rid: owner!._id, mv: 1, rc: 0 },
    ]);
    const me = await auth.http.get('/auth/me', { token: body.access_token });
    expect(me.body).toMatchObject({ org_id: orgId, role: 'Owner', permissions: ['*:*'] });
  });

  it('is refused to whoever is no member, as if it were not there', async () => {
    const stranger = await personalOf((await addUser(auth, 'eve'))._id);
    const answers = [await logIn({ org_id: stranger }), await logIn({ org_id: 'org_none' })];
    expect(answers.map(({ status, body }) => [status, body.code, body.detail])).toEqual([
      [404, 'organization_not_found', 'There is no such organization.'],
      [404, 'organization_not_found', 'There is no such organization.'],
    ]);
  });

  it('lets an owner do nothing that is the platform’s', async () => {
    const { id } = await person(auth, 'owen', { platform_role: 'platform_admin' });
    const { body } = await auth.http.post('/auth/login', {
      ...{ username: 'owen', password: somePassword, org_id: await personalOf(id) },
    });
    const outside = await signIn(auth, 'owen');
    for (const path of ['/users', `/users/${id}`]) {
      const inside = await auth.http.get(path, { token: body.access_token });
      expect([inside.status, inside.body.detail]).toEqual([403, 'Access denied. Required: users:read']);
      expect((await auth.http.get(path, { token: outside })).status).toBe(200);
    }
  });
});

describe('what other services learn', () => {
  it('is whether an organisation exists, and who is active in it with which role', async () => {
    const { _id } = await addUser(auth, 'dora');
    const orgId = await personalOf(_id);
    const known = await auth.http.get(`/internal/organizations/${orgId}`, { token: service });
    expect([known.status, known.body]).toEqual([200, { id: orgId, kind: 'personal', status: 'active' }]);
    const role = await collection('roles').findOne({ org_id: orgId, name: 'Owner' });
    const members = await auth.http.get(`/internal/organizations/${orgId}/members`, { token: service });
    expect(members.body).toEqual({ data: [{ user_id: _id, role_id: role!._id }], next_cursor: null });
    for (const path of ['/internal/organizations/org_none', '/internal/organizations/org_none/members']) {
      const none = await auth.http.get(path, { token: service });
      expect([none.status, none.body.code]).toEqual([404, 'organization_not_found']);
    }
    const { token } = await person(auth, 'dirk');
    expect((await auth.http.get(`/internal/organizations/${orgId}`, { token })).status).toBe(403);
  });
});

describe('the catalogue', () => {
  it('names each permission once', () => {
    const names = permissionCatalogue.map(({ permission }) => permission);
    expect(new Set(names).size).toBe(names.length);
  });
});
