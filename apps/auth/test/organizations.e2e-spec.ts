import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpAnswer, TestService } from '@parley/testing';
import { OrganizationScene } from './organization-scene.js';
import { person, type Person, somePassword } from './people.js';
import { AuthInstallation } from './running-auth.js';

const installation = new AuthInstallation();
let auth: TestService;
let admin: Person;
let scene: OrganizationScene;

beforeAll(async () => {
  auth = await installation.start({ SEED_DEMO: 'false' });
  admin = await person(auth, 'ada', { platform_role: 'platform_admin' });
  scene = await OrganizationScene.found(auth, 'Acme');
});
afterAll(() => installation.remove());

const face = ({ status, body }: HttpAnswer) => [status, body?.code];
const detail = ({ status, body }: HttpAnswer) => [status, body?.detail];
const mine = (who: { token: string }) => scene.get(`/users/me?org_id=${scene.orgId}`, who);

describe('an organisation', () => {
  it('[auth M4] is founded by anybody, who owns it, and is in their list with their role', async () => {
    const { body } = await scene.get('/organizations');
    expect(body.data.map(({ name, kind, user_role }: never) => ({ name, kind, user_role }))).toEqual(
      expect.arrayContaining([
        {
          name: 'Acme',
          kind: 'team',
          user_role: { role_id: scene.roles.get('Owner'), role_name: 'Owner', level: 100 },
        },
        { name: 'Personal', kind: 'personal', user_role: expect.objectContaining({ level: 100 }) },
      ]),
    );
    expect(face(await scene.post('/organizations', { name: 'ACME' }))).toEqual([409, 'organization_name_taken']);
    expect((await scene.post('/organizations', { name: 'Acme' }, await scene.stranger())).status).toBe(201);
    for (const name of ['', ' ', 'x'.repeat(101), 'a\u202Eb', { $ne: 1 }, ['x']])
      expect((await scene.post('/organizations', { name })).status).toBe(400);
  });

  it('[auth D3, E3, E5, M1] shows its roles, highest first, and each with what it allows', async () => {
    const { body } = await scene.get(`/roles/list_roles?org_id=${scene.orgId}`);
    expect(
      body.data.map((role: { name: string; hierarchy_level: number }) => [role.name, role.hierarchy_level]),
    ).toEqual([
      ['Owner', 100],
      ['Admin', 80],
      ['Member', 20],
      ['Guest', 10],
    ]);
    const owner = await scene.get(`/roles/${scene.roles.get('Owner')}?org_id=${scene.orgId}`);
    expect(owner.body).toMatchObject({ name: 'Owner', is_system_role: true, permissions: ['*:*'], models: null });
  });

  it('[auth D4, E2, E8, F5] says of members which one role they have there, and of strangers nothing', async () => {
    const member = await scene.member('Guest');
    expect((await mine(member)).body).toMatchObject({ org_id: scene.orgId, role: 'Guest' });
    expect((await scene.get(scene.at(member))).body).toMatchObject({ role: { name: 'Guest' }, status: 'active' });
    expect((await scene.get('/users/me', member)).body).toMatchObject({ org_id: null, role: 'user' });
    expect(face(await mine(await scene.stranger()))).toEqual([404, 'organization_not_found']);
  });

  it('[attack 70] is to strangers as if it were not there, whatever they ask', async () => {
    const stranger = await scene.stranger();
    const member = await scene.member();
    const none = 'org_00000000000000000000000000000000';
    const asks = (id: string) => [
      scene.get(`/organizations/${id}`, stranger),
      scene.patch(`/organizations/${id}`, { name: 'x' }, stranger),
      scene.delete(`/organizations/${id}`, stranger),
      scene.get(`/organizations/${id}/users`, stranger),
      scene.get(`/organizations/${id}/users/${member.id}`, stranger),
      scene.patch(`/organizations/${id}/users/${member.id}`, { status: 'suspended' }, stranger),
      scene.delete(`/organizations/${id}/users/${member.id}`, stranger),
      scene.delete(`/organizations/${id}/users/me`, stranger),
      scene.post(`/organizations/${id}/transfer`, { user_id: member.id }, stranger),
      scene.get(`/roles/list_roles?org_id=${id}`, stranger),
      scene.get(`/roles/${scene.roles.get('Admin')}?org_id=${id}`, stranger),
      scene.post(`/roles/${id}/users/${stranger.id}/roles`, { role_id: scene.roles.get('Owner') }, stranger),
      scene.post('/auth/switch-org', { org_id: id }, stranger),
    ];
    const seen = (answers: HttpAnswer[]) =>
      answers.map(({ status, body: { code, detail: text } }) => [status, code, text]);
    const [real, absent] = [await Promise.all(asks(scene.orgId)), await Promise.all(asks(none))];
    expect(seen(real)).toEqual(seen(absent));
    expect(new Set(real.map(({ status }) => status))).toEqual(new Set([404]));
  });

  it('[attack 70, 72] finds no role and no member of another one', async () => {
    const other = await OrganizationScene.found(auth);
    const foreigner = await other.member('Admin');
    const role = other.roles.get('Member')!;
    const member = await scene.member();
    expect(face(await scene.get(`/roles/${role}?org_id=${scene.orgId}`))).toEqual([404, 'role_not_found']);
    expect(face(await scene.put(`/roles/${role}`, { org_id: scene.orgId, name: 'x' }))).toEqual([
      404,
      'role_not_found',
    ]);
    expect(face(await scene.delete(`/roles/${role}?org_id=${scene.orgId}`))).toEqual([404, 'role_not_found']);
    expect(face(await scene.assign(member, role))).toEqual([404, 'role_not_found']);
    for (const answer of [
      await scene.get(scene.at(foreigner)),
      await scene.patch(scene.at(foreigner), { status: 'suspended' }),
      await scene.delete(scene.at(foreigner)),
      await scene.assign(foreigner, 'Guest'),
    ])
      expect(face(answer)).toEqual([404, 'member_not_found']);
    expect(await other.levelOf(foreigner)).toBe(80);
  });
});

describe('[attack 71] the organisation of a request', () => {
  it('[auth F1, F2, F3, F4, F6, Q4] is that of the token, unless the request names another, which is refused', async () => {
    const other = await OrganizationScene.found(auth);
    const both = await scene.member('Admin');
    await other.connection.collection('memberships').insertOne({
      ...{ _id: `mem_${both.id}` as never, org_id: other.orgId, user_id: both.id, role_id: other.roles.get('Admin') },
      ...{ status: 'active', mv: 1, created_at: new Date(), updated_at: new Date() },
    });
    const inside = await scene.inside(both);
    const list = (query: string, headers: Record<string, string> = {}, { token } = inside) =>
      auth.http.get(`/roles/list_roles${query}`, { token, headers });
    const [one, two] = [scene.orgId, other.orgId];
    expect((await list('')).body.data[0].org_id).toBe(one);
    expect((await list(`?org_id=${one}`, { 'x-org-id': one })).status).toBe(200);
    expect(face(await list(`?org_id=${two}`))).toEqual([403, 'org_mismatch']);
    expect(face(await list('', { 'x-org-id': two }))).toEqual([403, 'org_mismatch']);
    expect(face(await list(`?org_id=${one}`, { 'x-org-id': two }))).toEqual([400, 'org_mismatch']);
    for (const query of [`?org_id=${one}&org_id=${two}`, '?org_id[$ne]=x', `?org_id=${one.toUpperCase()}`, '?org_id='])
      expect([query, ...detail(await list(query))]).toEqual([query, 400, 'Invalid org id']);
    const twice = await scene.post(
      `/roles?org_id=${one}`,
      { org_id: two, name: 'x', hierarchy_level: 5, permissions: [] },
      inside,
    );
    expect(face(twice)).toEqual([400, 'org_mismatch']);
    const body = (org_id: unknown) =>
      scene.post('/roles', { org_id, name: 'x', hierarchy_level: 5, permissions: [] }, inside);
    expect(face(await body(two))).toEqual([403, 'org_mismatch']);
    for (const bad of [[one], { $ne: 'x' }, 1, null]) expect(detail(await body(bad))).toEqual([400, 'Invalid org id']);
    // Without one in the token, the request says which; without any, it is asked for.
    expect(detail(await list('', {}, both))).toEqual([400, 'Required org_id parameter missing']);
    expect((await list(`?org_id=${two}`, {}, both)).body.data[0].org_id).toBe(two);
    expect((await list('', { 'x-org-id': two }, both)).body.data[0].org_id).toBe(two);
  });

  it('is kept when the session is renewed, and left when the membership has ended', async () => {
    const member = await scene.member();
    const username = member.email.split('@')[0];
    const login = { username, password: somePassword, client: 'native', org_id: scene.orgId };
    const first = (await auth.http.post('/auth/login', login)).body;
    const renew = async (refresh_token: string) => (await auth.http.post('/auth/refresh', { refresh_token })).body;
    const second = await renew(first.refresh_token);
    expect((await scene.get('/auth/me', { token: second.access_token })).body.org_id).toBe(scene.orgId);
    await scene.patch(scene.at(member), { status: 'suspended' });
    const third = await renew(second.refresh_token);
    expect((await scene.get('/auth/me', { token: third.access_token })).body).toMatchObject({
      org_id: null,
      role: 'user',
    });
    expect(face(await scene.post('/auth/switch-org', { org_id: scene.orgId }, { token: third.access_token }))).toEqual([
      404,
      'organization_not_found',
    ]);
  });
});

describe('a membership that does not count', () => {
  it('[attack 81] [auth D9, C10] is refused at once, with the token from before and the words for each state', async () => {
    const member = await scene.member();
    const inside = await scene.inside(member);
    expect((await scene.get(`/organizations/${scene.orgId}`, inside)).status).toBe(200);
    await scene.patch(scene.at(member), { status: 'suspended' });
    const suspended = [403, 'User access has been suspended in this organization'];
    for (const who of [inside, member])
      expect(detail(await scene.get(`/organizations/${scene.orgId}`, who))).toEqual(suspended);
    expect(face(await scene.get('/auth/me', inside))).toEqual([403, 'membership_inactive']);
    await scene.patch(scene.at(member), { status: 'active' });
    expect((await scene.get(`/organizations/${scene.orgId}`, inside)).status).toBe(200);
    expect((await scene.delete(scene.at(member))).status).toBe(204);
    expect(detail(await scene.get('/auth/me', inside))).toEqual([403, 'User has been removed from this organization']);
    const invited = await scene.member('Member', { status: 'invited' });
    expect(detail(await scene.get(`/organizations/${scene.orgId}`, invited))).toEqual([
      403,
      'User invitation is still pending',
    ]);
    // Their own account is theirs all the same.
    expect((await scene.get('/auth/me', member)).body.org_id).toBeNull();
    expect((await scene.post('/auth/switch-org', { org_id: null }, inside)).status).toBe(200);
  });

  it('[attack 81] is every one of an organisation that the platform has suspended', async () => {
    const team = await OrganizationScene.found(auth);
    const inside = await team.inside(team.owner);
    const set = (status: string, by: { token: string }) =>
      team.put(`/organizations/${team.orgId}/status`, { status }, by);
    expect(detail(await set('suspended', team.owner))).toEqual([
      403,
      'Access denied. Required: organizations:administer',
    ]);
    expect((await set('suspended', admin)).body.status).toBe('suspended');
    const refused = await team.get('/auth/me', inside);
    expect([...face(refused), refused.body.detail]).toEqual([
      ...[403, 'organization_suspended', 'User not active in organization: it is suspended.'],
    ]);
    expect((await team.get('/organizations', inside)).body.data).toEqual(
      expect.arrayContaining([expect.objectContaining({ id: team.orgId, status: 'suspended' })]),
    );
    expect((await set('active', admin)).status).toBe(200);
    expect((await team.get('/auth/me', inside)).status).toBe(200);
  });
});
