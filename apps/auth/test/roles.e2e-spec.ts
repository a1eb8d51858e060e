import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpAnswer, TestService } from '@parley/testing';
import { OrganizationScene } from './organization-scene.js';
import type { Person } from './people.js';
import { AuthInstallation } from './running-auth.js';

const installation = new AuthInstallation();
let auth: TestService;
let scene: OrganizationScene;
let adm: Person;
let member: Person;

beforeAll(async () => {
  auth = await installation.start({ SEED_DEMO: 'false' });
  scene = await OrganizationScene.found(auth);
  [adm, member] = [await scene.member('Admin'), await scene.member()];
});
afterAll(() => installation.remove());

const face = ({ status, body }: HttpAnswer) => [status, body?.code];
const detail = ({ status, body }: HttpAnswer) => [status, body?.detail];
const roleNames = async () =>
  (await scene.get(`/roles/list_roles?org_id=${scene.orgId}`)).body.data.map(({ name }: { name: string }) => name);

describe('giving roles', () => {
  it('[auth D10, E1, E6, E7, Q3] is in force at once, in the same session, for better and for worse', async () => {
    const who = await scene.member('Guest');
    const inside = await scene.inside(who);
    const list = () => scene.get(`/organizations/${scene.orgId}/users`, inside);
    expect(detail(await list())).toEqual([403, 'Access denied. Required: members:read']);
    const given = await scene.assign(who, 'Member', adm);
    expect([given.status, given.body.role.name]).toEqual([200, 'Member']);
    expect((await list()).status).toBe(200);
    await scene.assign(who, 'Guest', adm);
    expect((await list()).status).toBe(403);
    const events = await scene.connection.collection('security_events').find({ 'change.sub': who.id }).toArray();
    const versions = events.map(({ change }) => [change.type, change.org_id, change.mv]);
    expect(versions.toSorted()).toEqual([
      ['token-claims-change', scene.orgId, 2],
      ['token-claims-change', scene.orgId, 3],
    ]);
    const audit = await scene.connection
      .collection('audit_entries')
      .findOne({ type: 'member.role_changed', subject: who.id, 'facts.to': 'Member' });
    expect(audit).toMatchObject({ actor: adm.id, org_id: scene.orgId, facts: { from: 'Guest', to: 'Member' } });
  });

  it('[attack 73] is nothing that anybody does for themselves', async () => {
    expect(face(await scene.assign(member, 'Admin', member))).toEqual([403, 'permission_denied']);
    expect(face(await scene.assign(adm, 'Owner', adm))).toEqual([403, 'own_role']);
    expect(face(await scene.patch(scene.at(adm), { role_id: scene.roles.get('Member') }, adm))).toEqual([
      403,
      'own_role',
    ]);
    const own = await scene.put(
      `/roles/${scene.roles.get('Admin')}`,
      { org_id: scene.orgId, permissions: ['*:*'] },
      adm,
    );
    expect(detail(own)).toEqual([400, 'Cannot update system role']);
    const { body: lead } = await scene.addRole({ hierarchy_level: 60, permissions: ['roles:*', 'members:*'] });
    const leader = await scene.member(lead.id);
    const raised = await scene.put(`/roles/${lead.id}`, { org_id: scene.orgId, permissions: ['*:*'] }, leader);
    expect(face(raised)).toEqual([403, 'hierarchy']);
    expect([await scene.levelOf(adm), await scene.levelOf(member), await scene.levelOf(leader)]).toEqual([80, 20, 60]);
  });

  it('[attack 74] goes by rank: no owner made, changed or removed by an administrator, and no other administrator', async () => {
    const other = await scene.member('Admin');
    const text = 'You cannot assign a role with equal or higher privileges than your own';
    expect(detail(await scene.assign(member, 'Owner', adm))).toEqual([403, text]);
    expect(detail(await scene.assign(member, 'Admin', adm))).toEqual([403, text]);
    for (const who of [scene.owner, other])
      for (const answer of [
        await scene.assign(who, 'Member', adm),
        await scene.patch(scene.at(who), { status: 'suspended' }, adm),
        await scene.delete(scene.at(who), adm),
      ])
        expect(face(answer)).toEqual([403, 'hierarchy']);
    expect([await scene.levelOf(scene.owner), await scene.levelOf(other)]).toEqual([100, 80]);
  });
});

describe('making roles', () => {
  const make = (body: object, by = adm) => scene.addRole(body, by);

  it('[attack 75] [auth E4, M2, M3] takes levels below one’s own and below 90, each once', async () => {
    const levels: unknown[] = [80, 89, 90, 100, 101, -1, 1.5, '79', 0];
    const statuses: Array<[unknown, number]> = [];
    for (const hierarchy_level of levels) statuses.push([hierarchy_level, (await make({ hierarchy_level })).status]);
    expect(statuses).toEqual([
      ...[
        [80, 403],
        [89, 403],
        [90, 400],
        [100, 400],
        [101, 400],
        [-1, 400],
        [1.5, 400],
        ['79', 400],
        [0, 400],
      ],
    ]);
    expect((await make({ name: 'Seventy', hierarchy_level: 70 })).status).toBe(201);
    expect(face(await make({ hierarchy_level: 70 }))).toEqual([409, 'hierarchy_level_taken']);
    expect(detail(await make({ name: 'sEVENTY', hierarchy_level: 71 }))).toEqual([409, 'Role name already exists']);
    expect((await make({ hierarchy_level: 89 }, scene.owner)).status).toBe(201);
  });

  it('[attack 76] gives nothing that the maker does not have, neither at once nor later', async () => {
    const before = await roleNames();
    for (const pattern of ['*:*', '*', 'bill*:*', 'prices:write', 'organizations:delete']) {
      const { status, body } = await make({ hierarchy_level: 31, permissions: ['chat:read', pattern] });
      expect([pattern, status, body.code, body.missing]).toEqual([pattern, 403, 'permissions_missing', [pattern]]);
    }
    // By the grammar it is no pattern at all.
    expect((await make({ hierarchy_level: 31, permissions: ['**'] })).status).toBe(400);
    expect(await roleNames()).toEqual(before);
    const { body: role } = await make({ hierarchy_level: 31, permissions: ['chat:*'] });
    const later = await scene.put(`/roles/${role.id}`, { org_id: scene.orgId, permissions: ['*:*'] }, adm);
    expect(face(later)).toEqual([403, 'permissions_missing']);
    const raised = await scene.put(`/roles/${role.id}`, { org_id: scene.orgId, hierarchy_level: 85 }, adm);
    expect(face(raised)).toEqual([403, 'hierarchy']);
    const { body: same } = await scene.get(`/roles/${role.id}?org_id=${scene.orgId}`);
    expect(same).toMatchObject({ permissions: ['chat:*'], hierarchy_level: 31 });
  });

  it('[attack 77] takes patterns of the grammar and nothing else', async () => {
    const bad = [
      'kb',
      'kb:',
      ':read',
      'kb:read:x',
      'KB:Read',
      ' kb:read',
      'kb:r*d*e*f*',
      '*'.repeat(10_240),
      'kb：read',
    ];
    for (const pattern of [...bad, '__proto__:read', 'k*']) {
      const { status } = await make({ hierarchy_level: 32, permissions: [pattern] }, scene.owner);
      expect([pattern.slice(0, 20), status]).toEqual([pattern.slice(0, 20), 400]);
    }
  });

  it('[attack 76] gives no model that the maker’s own role may not use', async () => {
    const { body: lead } = await make(
      { hierarchy_level: 65, permissions: ['roles:*'], models: ['small-*'] },
      scene.owner,
    );
    const leader = await scene.member(lead.id);
    const tried = (models: string[] | null, hierarchy_level: number) =>
      make({ hierarchy_level, permissions: [], models }, leader);
    expect(face(await tried(null, 41))).toEqual([403, 'models_missing']);
    expect(face(await tried(['*'], 41))).toEqual([403, 'models_missing']);
    expect(face(await tried(['large'], 41))).toEqual([403, 'models_missing']);
    expect((await tried(['small-1', 'small-x*'], 41)).status).toBe(201);
  });
});

describe('deleting roles', () => {
  it('[attack 82] leaves system roles and roles in use alone', async () => {
    const { body: role } = await scene.addRole({ hierarchy_level: 33 });
    const who = await scene.member(role.id);
    const remove = (id: string) => scene.delete(`/roles/${id}?org_id=${scene.orgId}`);
    expect(detail(await remove(role.id))).toEqual([400, 'Cannot delete role that is assigned to members']);
    expect(detail(await remove(scene.roles.get('Guest')!))).toEqual([400, 'Cannot delete system role']);
    const renamed = await scene.put(`/roles/${scene.roles.get('Guest')}`, { org_id: scene.orgId, name: 'x' });
    expect(detail(renamed)).toEqual([400, 'Cannot update system role']);
    await scene.assign(who, 'Guest');
    expect((await remove(role.id)).status).toBe(204);
    expect(detail(await remove(role.id))).toEqual([404, 'Role not found']);
  });

  it('[attack 82] leaves nobody with a role that is gone, when it is given at the same moment', async () => {
    for (let level = 51; level < 55; level++) {
      const { body: role } = await scene.addRole({ hierarchy_level: level });
      const who = await scene.member('Guest');
      const [removed, given] = await Promise.all([
        scene.delete(`/roles/${role.id}?org_id=${scene.orgId}`),
        scene.assign(who, role.id),
      ]);
      expect([
        [204, 404],
        [400, 200],
      ]).toContainEqual([removed.status, given.status]);
      expect((await scene.get(scene.at(who))).status).toBe(200);
    }
  });
});

describe('permissions of an organisation’s own', () => {
  const add = (by?: { token: string }, org_id = scene.orgId) =>
    auth.http.post('/roles/permission', { org_id, resource: 'kb', action: 'read' }, by ? { token: by.token } : {});

  it('[attack 79] [auth D11] are made by who may change roles, and seen nowhere else', async () => {
    expect((await add()).status).toBe(401);
    expect(detail(await add(member))).toEqual([403, 'Access denied. Required: roles:write']);
    expect(face(await add(await scene.stranger()))).toEqual([404, 'organization_not_found']);
    const made = await add(adm);
    expect([made.status, made.body.permission]).toEqual([201, 'kb:read']);
    expect(face(await add(adm))).toEqual([409, 'permission_exists']);
    const other = await OrganizationScene.found(auth);
    const listed = async (from: OrganizationScene): Promise<string[]> => {
      const { body } = await from.get(`/roles/list_permissions?org_id=${from.orgId}`);
      return body.data.map(({ permission }: { permission: string }) => permission);
    };
    expect([(await listed(scene)).includes('kb:read'), (await listed(other)).includes('kb:read')]).toEqual([
      true,
      false,
    ]);
    const address = `/roles/permission/${made.body.id}?org_id=`;
    expect((await auth.http.delete(address + scene.orgId)).status).toBe(401);
    expect((await scene.delete(address + scene.orgId, member)).status).toBe(403);
    expect(face(await other.delete(address + other.orgId))).toEqual([404, 'permission_not_found']);
    expect((await scene.delete(address + scene.orgId, adm)).status).toBe(204);
  });
});

describe('GET /authz', () => {
  const explain = (permission: string, who: { token: string }, more = '') =>
    scene.get(`/authz/explain?permission=${permission}&org_id=${scene.orgId}${more}`, who);
  const failing = ({ body }: HttpAnswer) =>
    body.reasons.flatMap((each: { passes: boolean; question: string }) => (each.passes ? [] : [each.question]));

  it('[auth D13] explains why, and why not', async () => {
    const yes = await explain('chat:stream', member);
    expect([yes.body.allowed, yes.body.reasons.map(({ question }: { question: string }) => question)]).toEqual([
      true,
      ['account', 'membership', 'organization', 'role', 'scope', 'permission'],
    ]);
    expect(failing(await explain('roles:write', member))).toEqual(['permission']);
    expect(failing(await explain('prices:write', scene.owner))).toEqual(['scope']);
    const suspended = await scene.member('Member', { status: 'suspended' });
    expect(failing(await explain('chat:read', adm, `&user_id=${suspended.id}`))).toEqual([
      'membership',
      'role',
      'permission',
    ]);
    const guest = await scene.member('Guest');
    expect(face(await explain('chat:read', guest, `&user_id=${adm.id}`))).toEqual([403, 'permission_denied']);
    expect((await explain('*:*', adm)).status).toBe(400);
  });

  it('[auth J4, D12] tells the caller’s own permissions, which the catalogue does not', async () => {
    const { body } = await scene.get(`/authz/permissions?org_id=${scene.orgId}`, member);
    expect(body).toMatchObject({ org_id: scene.orgId, role: 'Member', level: 20 });
    expect(body.permissions).toEqual(expect.arrayContaining(['chat:stream', 'ws:connect']));
    expect((await scene.get('/authz/permissions', member)).body).toMatchObject({ org_id: null, role: 'user' });
  });
});
