import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestService } from '@parley/testing';
import { expectProblem, InvitationScene, newAddress, seen } from './invitation-scene.js';
import { deliverOnDemand, mailsTo } from './mailbox.js';
import type { Person } from './people.js';
import { AuthInstallation } from './running-auth.js';

const installation = new AuthInstallation();
const hour = 3_600_000;
let auth: TestService;
let team: InvitationScene;
let admin: Person;
let member: Person;

beforeAll(async () => {
  auth = await installation.start({ PUBLIC_WEB_URL: 'https://chat.example.com' });
  await deliverOnDemand(auth);
  team = await InvitationScene.found(auth, '<b>Harbour</b> {{7*7}}');
  admin = await team.member('Admin');
  member = await team.member('Member');
});
afterAll(() => installation.remove());

const inHours = (hours: number) => new Date(installation.clock.now() + hours * hour).toISOString();
const newestTo = async (address: string) => (await mailsTo(auth, address))[0]!;

describe('POST /auth/invite', () => {
  it('[auth H4, H10] mails a link, with the organisation, who invites, the role, until when, and how to answer', async () => {
    const email = newAddress();
    const { status, body, headers } = await team.invite(email, 'Member', admin);
    expect([status, body]).toEqual([
      201,
      {
        ...{ id: expect.stringMatching(/^inv_/), org_id: team.orgId, email, role_id: team.roles.get('Member') },
        ...{ status: 'pending', invited_by: admin.id, message: '', created_at: expect.any(String) },
        ...{ updated_at: body.created_at, expires_at: new Date(Date.parse(body.created_at) + 48 * hour).toISOString() },
      },
    ]);
    expect(headers.get('cache-control')).toBe('no-store');
    const { text } = await newestTo(email);
    expect(text).toContain('Given Family invites you to join <b>Harbour</b> {{7*7}} with the role Member.');
    expect(text).toMatch(/To accept, open the link.* To decline, open it/);
    expect(text).toContain(`until ${(body.expires_at as string).slice(0, 16).replace('T', ' ')} UTC`);
    const link = /^https:.*$/m.exec(text)![0];
    expect(link).toMatch(/^https:\/\/chat\.example\.com\/invitation#token=[\w-]{43}$/);
    expect(text).not.toContain('Their message');
  });

  it('[attack 57] shows what people typed as text, on one line', async () => {
    const email = newAddress();
    const message = '{{7*7}} {name} <img onerror=x src=y>\r\nBcc: victim@example.com';
    expect((await team.invite(email, 'Member', admin, { message })).status).toBe(201);
    const { subject, text, html } = await newestTo(email);
    expect(subject).toBe('You are invited to <b>Harbour</b> {{7*7}}');
    expect(text).toContain('“{{7*7}} {name} <img onerror=x src=y> Bcc: victim@example.com”');
    expect(html).toContain('&lt;img onerror=x src=y&gt;');
    expect(html).not.toMatch(/<img|<b>/);
    expect(await mailsTo(auth, 'victim@example.com')).toEqual([]);
  });

  it('is in the language of whoever is invited', async () => {
    const { email } = await team.stranger({ language: 'de' });
    await team.invite(email);
    expect((await newestTo(email)).subject).toMatch(/^Sie sind zu .* eingeladen$/);
  });

  it.each<[string, () => [string, Person]]>([
    ['an Admin invites an Owner', () => ['Owner', admin]],
    ['an Admin invites an Admin', () => ['Admin', admin]],
    ['an Admin invites with a role of level 80 and more', () => ['Chief', admin]],
    ['an Admin invites with a role that may do more', () => ['Bookkeeper', admin]],
    ['a Member invites a Member', () => ['Member', member]],
    ['a Member invites a Guest', () => ['Guest', member]],
  ])('[attack 62] [auth H11] is refused when %s', async (name, given) => {
    if (!team.roles.has('Chief')) {
      await team.addRole('Chief', 85, ['chat:read']);
      await team.addRole('Bookkeeper', 30, ['credits:budget', 'organizations:delete']);
    }
    const [role, who] = given();
    const email = newAddress();
    const answer = await team.invite(email, role, who);
    const code = name.startsWith('a Member') ? 'permission_denied' : 'hierarchy';
    expectProblem(answer, 403, role === 'Bookkeeper' ? 'permissions_missing' : code);
    if (code === 'hierarchy' && role !== 'Bookkeeper')
      expect(answer.body.detail).toBe('You cannot assign a role with equal or higher privileges than your own');
    expect(await mailsTo(auth, email)).toEqual([]);
    expect((await team.invite(email, 'Guest', admin)).status).toBe(201);
  });

  it('[attack 63] is refused with a time in the past or far ahead, and with a role of another organisation', async () => {
    const other = await InvitationScene.found(auth);
    const email = newAddress();
    for (const expiry_time of [inHours(-1), inHours(0.5), inHours(24 * 7 + 1), inHours(24 * 365 * 10)])
      expectProblem(await team.invite(email, 'Member', admin, { expiry_time }), 400, 'expiry_time_invalid');
    expect(seen(await team.invite(email, 'Member', admin, { expiry_time: 'soon' }))).toEqual([
      400,
      'validation_failed',
    ]);
    expectProblem(await team.invite(email, other.roles.get('Member'), admin), 404, 'role_not_found');
    expectProblem(await team.invite(email, 'role_none', admin), 404, 'role_not_found');
    expect(await mailsTo(auth, email)).toEqual([]);
    const expiry_time = inHours(24 * 7);
    expect((await team.invite(email, 'Member', admin, { expiry_time })).body.expires_at).toBe(expiry_time);
  });

  it('is refused for members, for whoever is suspended, and in a personal organisation', async () => {
    expectProblem(await team.invite(member.email), 409, 'already_member');
    const late = await team.member('Guest');
    await team
      .collection('memberships')
      .updateOne({ user_id: late.id, org_id: team.orgId }, { $set: { status: 'suspended' } });
    expectProblem(await team.invite(late.email), 409, 'already_member');
    const personal = await team
      .collection<{ _id: string }>('organizations')
      .findOne({ name_key: `personal:${member.id}` });
    const role = await team.collection<{ _id: string }>('roles').findOne({ org_id: personal!._id, name: 'Guest' });
    const body = { email: newAddress(), org_id: personal!._id, role_id: role!._id };
    expectProblem(await auth.http.post('/auth/invite', body, { token: member.token }), 409, 'personal_organization');
  });

  it('tells strangers that there is no such organisation', async () => {
    const stranger = await team.stranger();
    const { id } = await team.invited();
    for (const answer of [
      await team.invite(newAddress(), 'Guest', stranger),
      await team.bulk([newAddress()], stranger),
      await team.resend(id, stranger),
      await team.revoke(id, stranger),
      await auth.http.get(team.at(), { token: stranger.token }),
    ])
      expectProblem(answer, 404, 'organization_not_found');
  });

  it('needs an owner who has just shown who they are, to invite an owner', async () => {
    const email = newAddress();
    expect((await team.invite(email, 'Owner')).status).toBe(201);
    installation.clock.advance(302_000);
    expectProblem(await team.invite(newAddress(), 'Owner'), 403, 'reauthentication_required');
    // Nor does an admin turn it into something else, or take it back.
    expectProblem(await team.invite(email, 'Guest', admin), 403, 'hierarchy');
  });
});

describe('the invitations of an organisation', () => {
  it('[auth H6, H8, H13] are listed with what came of them, a page at a time', async () => {
    const other = await InvitationScene.found(auth);
    const sent = [await other.invited(), await other.invited(), await other.invited()];
    await other.revoke(sent[0]!.id);
    await other.decline(sent[1]!.token);
    const list = async (query: string) =>
      (await auth.http.get(`${other.at()}?${query}`, { token: other.owner.token })).body;
    const first = await list('limit=2');
    const rest = await list(`limit=2&cursor=${first.next_cursor as string}`);
    expect([...first.data, ...rest.data].map(({ id, status }: { id: string; status: string }) => [id, status])).toEqual(
      [
        [sent[2]!.id, 'pending'],
        [sent[1]!.id, 'declined'],
        [sent[0]!.id, 'revoked'],
      ],
    );
    expect(rest.next_cursor).toBeNull();
    expect((await list('status=pending')).data).toHaveLength(1);
    expect((await list('status=expired')).data).toEqual([]);
    for (const query of ['limit=0', 'limit=101', 'status=lost'])
      expect((await list(query)).code).toBe('validation_failed');
    expect((await list('cursor=x')).code).toBe('cursor_invalid');
  });

  it('[auth H13] cannot be read, resent or revoked by their ids from another organisation', async () => {
    const other = await InvitationScene.found(auth);
    const { id, token } = await team.invited();
    for (const unknown of [id, 'inv_none']) {
      expectProblem(await other.resend(unknown), 404, 'invitation_not_found');
      expectProblem(await other.revoke(unknown), 404, 'invitation_not_found');
      expectProblem(await auth.http.get(other.at(unknown), { token: other.owner.token }), 404, 'invitation_not_found');
    }
    expect((await team.show(token)).status).toBe(200);
  });

  it('[auth H6, H9] resent keeps its row, has another token and a new time', async () => {
    const { id, email, token } = await team.invited();
    installation.clock.advance(60_000);
    const { status, body } = await team.resend(id, admin);
    expect([status, body]).toMatchObject([200, { id, invited_by: admin.id, expires_at: inHours(48) }]);
    const next = await team.tokenFor(email);
    expect(next).not.toBe(token);
    expectProblem(await team.show(token), 410, 'invitation_revoked');
    expect((await team.show(next)).status).toBe(200);
    expect(await team.collection('invitations').countDocuments({ email })).toBe(1);
  });

  it('[auth H4] sent to the same address again are one, with what was asked for last', async () => {
    const { id, email, token } = await team.invited();
    const again = await team.invite(email, 'Guest');
    expect([again.status, again.body]).toMatchObject([201, { id, role_id: team.roles.get('Guest') }]);
    expectProblem(await team.show(token), 410, 'invitation_revoked');
    const parallel = await Promise.all(['Member', 'Guest'].map((role) => team.invite(newAddress(), role)));
    expect(parallel.map(({ status }) => status)).toEqual([201, 201]);
    const address = newAddress();
    const same = await Promise.all([1, 2].map(() => team.invite(address)));
    expect(new Set(same.map(({ body }) => body.id as string)).size).toBe(1);
    expect(await team.collection('invitations').countDocuments({ email: address })).toBe(1);
  });

  it('[auth H13] are resent and revoked only while they are pending', async () => {
    const { id, token } = await team.invited();
    expect((await team.revoke(id)).status).toBe(204);
    const resent = await team.resend(id);
    expectProblem(resent, 400, 'invitation_not_pending');
    expect(resent.body.detail).toBe('Only pending invitations can be resent');
    const revoked = await team.revoke(id);
    expectProblem(revoked, 400, 'invitation_not_pending');
    expect(revoked.body.detail).toBe('Invitation is not pending (current status: revoked)');
    expectProblem(await team.show(token), 410, 'invitation_revoked');
  });

  it('[attack 61] [auth H14] never show their token: in no answer, log, audit entry or stored field', async () => {
    const email = newAddress();
    const created = await team.invite(email);
    const tokens = [await team.tokenFor(email)];
    const id = created.body.id as string;
    const shown = [created, await auth.http.get(team.at(id), { token: team.owner.token })];
    shown.push(await auth.http.get(team.at(), { token: team.owner.token }), await team.resend(id));
    tokens.push(await team.tokenFor(email));
    const bulked = newAddress();
    shown.push(await team.bulk([bulked]));
    tokens.push(await team.tokenFor(bulked));
    await team.show(tokens[1]!);
    await team.decline(tokens[1]!);
    const stored = [];
    for (const name of ['invitations', 'audit_entries', 'mail_outbox', 'security_events'])
      stored.push(await team.collection(name).find().toArray());
    expect(new Set(tokens).size).toBe(3);
    expect(await team.collection('audit_entries').countDocuments({ 'facts.invitation': id })).toBe(3);
    for (const token of tokens) {
      expect(JSON.stringify([shown, stored])).not.toContain(token);
      expect(installation.logs.text()).not.toContain(token);
    }
    expect(installation.logs.text()).not.toContain(email);
    expect(JSON.stringify(await team.collection('audit_entries').find().toArray())).not.toContain(email);
  });
});
