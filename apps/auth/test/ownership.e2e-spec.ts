import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpAnswer, TestService } from '@parley/testing';
import { OrganizationScene } from './organization-scene.js';
import { person, type Person, somePassword } from './people.js';
import { AuthInstallation } from './running-auth.js';

const installation = new AuthInstallation();
let auth: TestService;
let admin: Person;
let scene: OrganizationScene;
/** Accounting's answer about a pool. */
let poolStatus = 200;
let accounting: Server;

beforeAll(async () => {
  accounting = createServer((_request, response) => {
    response.writeHead(poolStatus, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => accounting.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(accounting.address() as AddressInfo).port}`;
  auth = await installation.start({ SEED_DEMO: 'false', ACCOUNTING_URL: url });
  admin = await person(auth, 'ada', { platform_role: 'platform_admin' });
  scene = await OrganizationScene.found(auth, 'Acme');
});
afterAll(async () => {
  await installation.remove();
  accounting.close();
});

const face = ({ status, body }: HttpAnswer) => [status, body?.code];
const detail = ({ status, body }: HttpAnswer) => [status, body?.detail];

describe('the last owner', () => {
  it('[attack 67] cannot leave, step down, be removed, be suspended or deactivate the account', async () => {
    const team = await OrganizationScene.found(auth);
    const { owner } = team;
    const last = [409, 'last_owner'];
    expect(face(await team.delete(`/organizations/${team.orgId}/users/me`))).toEqual(last);
    expect(face(await team.assign(owner, 'Member'))).toEqual(last);
    const raw = JSON.stringify({ password: somePassword });
    expect(face(await auth.http.delete('/auth/me', { token: owner.token, raw }))).toEqual(last);
    expect(face(await team.delete(`/users/${owner.id}`, admin))).toEqual(last);
    const second = await team.member();
    expect((await team.assign(second, 'Owner')).status).toBe(200);
    expect((await team.delete(`/organizations/${team.orgId}/users/me`, second)).status).toBe(204);
    expect(face(await team.assign(owner, 'Member'))).toEqual(last);
    expect(await team.levelOf(owner)).toBe(100);
  });

  it('[attack 67] is left by two who demote or remove each other at the same moment', async () => {
    const team = await OrganizationScene.found(auth);
    const owners = () =>
      team.connection.collection('memberships').countDocuments({
        ...{ org_id: team.orgId, role_id: team.roles.get('Owner'), status: 'active' },
      });
    const other = await team.member('Owner');
    const pairs = [
      () => [team.assign(other, 'Member', team.owner), team.assign(team.owner, 'Member', other)],
      () => [team.delete(team.at(other), team.owner), team.delete(team.at(team.owner), other)],
    ];
    for (const pair of pairs) {
      const answers = await Promise.all(pair());
      expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
      expect(await owners()).toBe(1);
      await team.connection
        .collection('memberships')
        .updateMany({ org_id: team.orgId }, { $set: { role_id: team.roles.get('Owner'), status: 'active' } });
    }
  });

  it('hands the organisation over, with a recent sign-in only', async () => {
    const team = await OrganizationScene.found(auth);
    const heir = await team.member();
    installation.clock.advance(302_000);
    const transfer = () => team.post(`/organizations/${team.orgId}/transfer`, { user_id: heir.id });
    expect(face(await transfer())).toEqual([403, 'reauthentication_required']);
    expect(face(await team.assign(heir, 'Owner'))).toEqual([403, 'reauthentication_required']);
    const again = await team.post('/auth/reauthenticate', { password: somePassword });
    const fresh = { token: again.body.access_token as string };
    expect((await team.post(`/organizations/${team.orgId}/transfer`, { user_id: heir.id }, fresh)).status).toBe(200);
    expect([await team.levelOf(heir), await team.levelOf(team.owner)]).toEqual([100, 80]);
  });
});

describe('leaving and deleting', () => {
  it('[attack 66] [auth I8] an administrator of an organisation removes members from it, and nobody’s account', async () => {
    const [boss, member] = [await scene.member('Admin'), await scene.member()];
    const inside = await scene.inside(boss);
    for (const who of [boss, inside])
      expect(detail(await scene.delete(`/users/${member.id}`, who))).toEqual([
        403,
        'Access denied. Required: users:erase',
      ]);
    expect((await scene.delete(scene.at(member), inside)).status).toBe(204);
    expect((await scene.get('/auth/me', member)).status).toBe(200);
    expect((await scene.get('/organizations', member)).body.data).toHaveLength(1);
    expect((await scene.delete(`/users/${member.id}`, admin)).status).toBe(204);
  });

  it('deletes an organisation whose pool is empty, and no other', async () => {
    const team = await OrganizationScene.found(auth);
    const inside = await team.inside(await team.member());
    poolStatus = 409;
    expect(face(await team.delete(`/organizations/${team.orgId}`))).toEqual([409, 'organization_has_credits']);
    poolStatus = 500;
    expect(face(await team.delete(`/organizations/${team.orgId}`))).toEqual([503, 'accounting_unavailable']);
    expect((await team.get('/auth/me', inside)).status).toBe(200);
    poolStatus = 200;
    expect((await team.delete(`/organizations/${team.orgId}`)).status).toBe(204);
    expect(detail(await team.get('/auth/me', inside))).toEqual([403, 'User not active in organization']);
    expect(face(await team.get(`/organizations/${team.orgId}`))).toEqual([404, 'organization_not_found']);
  });

  it('keeps a personal organisation as long as its user', async () => {
    const who = await scene.stranger();
    const { id } = (await scene.get('/organizations', who)).body.data[0];
    for (const answer of [
      await scene.delete(`/organizations/${id}`, who),
      await scene.patch(`/organizations/${id}`, { name: 'x' }, who),
      await scene.delete(`/organizations/${id}/users/me`, who),
    ])
      expect(face(answer)).toEqual([409, 'personal_organization']);
    expect((await scene.delete(`/users/${who.id}`, admin)).status).toBe(204);
    expect(await scene.connection.collection('organizations').findOne({ _id: id })).toMatchObject({
      status: 'deleted',
    });
  });
});
