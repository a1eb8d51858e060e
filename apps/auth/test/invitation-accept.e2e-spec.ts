import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestService } from '@parley/testing';
import type { Membership } from '../src/memberships/membership.schema.js';
import type { User } from '../src/users/user.schema.js';
import { expectProblem, InvitationScene } from './invitation-scene.js';
import { deliverOnDemand } from './mailbox.js';
import type { Person } from './people.js';
import { AuthInstallation, serviceToken } from './running-auth.js';

const installation = new AuthInstallation();
let auth: TestService;
let team: InvitationScene;
let admin: Person;
let service: string;

beforeAll(async () => {
  auth = await installation.start();
  await deliverOnDemand(auth);
  team = await InvitationScene.found(auth);
  admin = await team.member('Admin');
  service = await serviceToken(auth, 'chat', 'auth');
});
afterAll(() => installation.remove());

const grantsOf = (userId: string) =>
  auth.http.get(`/internal/authz/grants?user_id=${userId}&org_id=${team.orgId}`, { token: service });
const statuses = (answers: Array<{ status: number }>) => answers.map(({ status }) => status).sort();

describe('POST /auth/accept-invite', () => {
  it('[auth H12] makes a member of somebody who has an account, in every service, without a new sign-in', async () => {
    const who = await team.stranger();
    const { id, token } = await team.invited(who.email, 'Guest', admin);
    expect((await grantsOf(who.id)).status).toBe(404);
    const { status, body } = await team.accept(who, token, { org_id: team.orgId });
    expect([status, body]).toEqual([200, { org_id: team.orgId, role_id: team.roles.get('Guest') }]);
    expect((await grantsOf(who.id)).body).toMatchObject({ role: 'Guest', membership: 'active' });
    const told = {
      'change.type': 'token-claims-change',
      'change.sub': who.id,
      'change.org_id': team.orgId,
      'change.mv': 1,
    };
    expect(await team.collection('security_events').countDocuments(told)).toBe(1);
    expect(await team.stored(token)).toMatchObject({ _id: id, state: 'accepted', answered_by: who.id });
    expectProblem(await team.accept(who, token), 410, 'invitation_used');
  });

  it('[attack 60] is for the account of the invited address alone, and only once that is verified', async () => {
    const who = await team.stranger();
    const { email, token } = await team.invited(who.email);
    expectProblem(await team.accept(await team.stranger(), token), 403, 'email_mismatch');
    await team.collection<User>('users').updateOne({ email }, { $set: { email_verified: false } });
    expectProblem(await team.accept(who, token), 403, 'email_unverified');
    expect([await team.membership(who.id), (await team.stored(token))!.state]).toEqual([null, 'pending']);
    await team.collection<User>('users').updateOne({ email }, { $set: { email_verified: true } });
    expect((await team.accept(who, token)).status).toBe(200);
  });

  it('[attack 59] of several at once accepts one', async () => {
    const who = await team.stranger();
    const { token } = await team.invited(who.email);
    const answers = await Promise.all(Array.from({ length: 5 }, () => team.accept(who, token)));
    expect(statuses(answers)).toEqual([200, 410, 410, 410, 410]);
    expect((await team.membership(who.id))!.mv).toBe(1);
  });

  it('brings back who was removed, with the version that goes on', async () => {
    const who = await team.member('Admin');
    await team
      .collection<Membership>('memberships')
      .updateOne({ user_id: who.id, org_id: team.orgId }, { $set: { status: 'removed', mv: 5 } });
    const { token } = await team.invited(who.email, 'Guest');
    expect((await team.accept(who, token)).status).toBe(200);
    expect(await team.membership(who.id)).toMatchObject({ status: 'active', mv: 6, role_id: team.roles.get('Guest') });
  });

  it('is no way around a suspension, nor a promotion', async () => {
    for (const status of ['suspended', 'active'] as const) {
      const who = await team.stranger();
      const { token } = await team.invited(who.email, 'Admin');
      const guest = { org_id: team.orgId, user_id: who.id, role_id: team.roles.get('Guest')!, mv: 1, status };
      const rest = { _id: `mem_${who.id}`, added_by: null, created_at: new Date(), updated_at: new Date() };
      await team.collection<Membership>('memberships').insertOne({ ...rest, ...guest });
      expectProblem(await team.accept(who, token), 409, 'already_member');
      expect(await team.membership(who.id)).toMatchObject({ status, role_id: team.roles.get('Guest') });
    }
  });

  it.each<[string, (inviter: Person) => Promise<unknown>, (inviter: Person) => Promise<unknown>]>([
    [
      'whoever invited was demoted',
      ({ id }) => setMember(id, { role_id: team.roles.get('Guest')! }),
      ({ id }) => setMember(id, { role_id: team.roles.get('Admin')! }),
    ],
    [
      'whoever invited was removed',
      ({ id }) => setMember(id, { status: 'removed' }),
      ({ id }) => setMember(id, { status: 'active' }),
    ],
    [
      'the account of whoever invited was suspended',
      ({ id }) => setUser(id, 'suspended'),
      ({ id }) => setUser(id, 'active'),
    ],
    [
      'the level of the role was raised',
      () => setRole({ hierarchy_level: 85 }),
      () => setRole({ hierarchy_level: 31 }),
    ],
    [
      'the role was allowed more',
      () => setRole({ permissions: ['organizations:delete'] }),
      () => setRole({ permissions: ['chat:read'] }),
    ],
    ['the organisation was suspended', () => setTeam('suspended'), () => setTeam('active')],
  ])('[attack 62] accepts nothing that nobody may give any more: %s', async (_name, spoil, mend) => {
    if (!team.roles.has('Helper')) await team.addRole('Helper', 31, ['chat:read']);
    const inviter = await team.member('Admin');
    const who = await team.stranger();
    const { token } = await team.invited(who.email, 'Helper', inviter);
    await spoil(inviter);
    expectProblem(await team.accept(who, token), 410, 'invitation_invalid');
    expect([await team.membership(who.id), (await team.stored(token))!.state]).toEqual([null, 'pending']);
    await mend(inviter);
    expect((await team.accept(who, token)).status).toBe(200);
  });

  const setMember = (user_id: string, set: Partial<Membership>) =>
    team.collection<Membership>('memberships').updateOne({ user_id, org_id: team.orgId }, { $set: set });
  const setUser = (_id: string, status: string) =>
    team.collection<{ _id: string }>('users').updateOne({ _id }, { $set: { status } });
  const setRole = (set: object) =>
    team.collection('roles').updateOne({ org_id: team.orgId, name: 'Helper' }, { $set: set });
  const setTeam = (status: string) =>
    team.collection<{ _id: string }>('organizations').updateOne({ _id: team.orgId }, { $set: { status } });

  it('needs a sign-in', async () => {
    const { token } = await team.invited();
    const { status, headers, body } = await auth.http.post('/auth/accept-invite', { token });
    expect([status, body.code]).toEqual([401, 'token_missing']);
    expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
  });
});
