import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestService } from '@parley/testing';
import jwt from 'jsonwebtoken';
import type { AuditEntry } from '../src/audit/audit-entry.schema.js';
import type { Membership } from '../src/memberships/membership.schema.js';
import { PersonalData } from '../src/user-erasures/personal-data.js';
import type { User } from '../src/users/user.schema.js';
import { inTransaction } from '@parley/platform';
import { expectProblem, InvitationScene, newAddress, password, seen } from './invitation-scene.js';
import { deliverOnDemand, mailedToken, mailsTo } from './mailbox.js';
import type { Person } from './people.js';
import { AuthInstallation, serviceToken } from './running-auth.js';

const installation = new AuthInstallation();
let auth: TestService;
let team: InvitationScene;
let admin: Person;
let service: string;

beforeAll(async () => {
  // Nobody makes an account here but by an invitation.
  auth = await installation.start({ SIGNUP: 'invited' });
  await deliverOnDemand(auth);
  team = await InvitationScene.found(auth, 'Harbour');
  admin = await team.member('Admin');
  service = await serviceToken(auth, 'chat', 'auth');
});
afterAll(() => installation.remove());

const logIn = (email: string) => auth.http.post('/auth/login', { email, password, client: 'native' });
const grantsOf = (userId: string) =>
  auth.http.get(`/internal/authz/grants?user_id=${userId}&org_id=${team.orgId}`, { token: service });
const statuses = (answers: Array<{ status: number }>) => answers.map(({ status }) => status).sort();
const audited = (type: string, id: string) =>
  team.collection<AuditEntry>('audit_entries').findOne({ type, 'facts.invitation': id });

describe('GET /auth/signup-invite', () => {
  it('[auth H2, H3] shows whom it is for, and which organisation', async () => {
    const { email, token } = await team.invited();
    const { status, body, headers } = await team.show(token);
    expect([status, body]).toEqual([
      200,
      { email, organization: { name: 'Harbour' }, has_account: false, expires_at: expect.any(String) },
    ]);
    expect(headers.get('cache-control')).toBe('no-store');
    const stranger = await team.stranger();
    const known = await team.invited(stranger.email);
    expect((await team.show(known.token)).body.has_account).toBe(true);
  });

  it('[attack 58] changes nothing, however often a mail scanner opens it, and there is no link that does', async () => {
    const { email, token } = await team.invited();
    const before = await team.stored(token);
    for (const path of ['signup-invite', 'accept-invite', 'decline-invite', 'signup-invite']) {
      const { status } = await auth.http.get(`/auth/${path}?token=${token}`);
      expect(status).toBe(path === 'signup-invite' ? 200 : 404);
    }
    expect(await team.stored(token)).toEqual(before);
    expect((await team.signUp(email, token)).status).toBe(201);
  });

  it('[attack 65] knows no token that was guessed, says the same of all of them, and lets nobody go on guessing', async () => {
    const { token } = await team.invited();
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    const tokens = ['x', 'inv_1', token.slice(1), `${token}A`, token.toUpperCase(), token.replace(/.$/, '*')];
    const faces = [];
    for (const each of tokens) {
      const answer = await team.show(each);
      expectProblem(answer, 404, 'invitation_not_found');
      faces.push(JSON.stringify({ ...answer.body, request_id: '', instance: '' }));
    }
    expect(new Set(faces).size).toBe(1);
    expect((await team.show(token)).status).toBe(200);
    for (let tries = tokens.length; tries < 20; tries++) await team.show('A'.repeat(43));
    expectProblem(await team.show('B'.repeat(43)), 429, 'too_many_attempts');
    await team.collection('sign_in_counters').deleteMany({});
    expect((await team.show(token)).status).toBe(200);
  });
});

describe('POST /auth/signup-invite', () => {
  it('[auth H5, H15] makes an account with a verified address, a member at once, where nobody else may sign up', async () => {
    const { id, email, token } = await team.invited(newAddress(), 'Member', admin);
    const uninvited = { email: newAddress(), password, first_name: 'Eve' };
    expectProblem(await auth.http.post('/auth/signup', uninvited), 403, 'signup_by_invitation');
    const { status, body } = await team.signUp(email, token);
    expect([status, body]).toEqual([
      201,
      { id: expect.stringMatching(/^usr_/), email, first_name: 'Ida', last_name: 'Lund', org_id: team.orgId },
    ]);
    expect((await grantsOf(body.id)).body).toMatchObject({ role: 'Member', membership: 'active', level: 20 });
    const login = await auth.http.post('/auth/login', { email, password, org_id: team.orgId });
    expect([login.status, jwt.decode(login.body.access_token)]).toMatchObject([200, { org_id: team.orgId, mv: 1 }]);
    const entry = await audited('invitation.accepted', id);
    expect(entry).toMatchObject({
      actor: body.id,
      org_id: team.orgId,
      facts: { role: 'Member', invited_by: admin.id },
    });
    expect((await mailsTo(auth, admin.email)).map(({ subject, text }) => [subject, text.includes(email)])).toEqual([
      ['Your invitation was accepted', true],
    ]);
  });

  it('[attack 59] [auth H7] accepts a token once: not a second time, nor twice at once', async () => {
    const [first, second] = [await team.invited(), await team.invited()];
    expect((await team.signUp(first.email, first.token)).status).toBe(201);
    expectProblem(await team.signUp(first.email, first.token), 410, 'invitation_used');
    const parallel = await Promise.all(Array.from({ length: 5 }, () => team.signUp(second.email, second.token)));
    expect(statuses(parallel)).toEqual([201, 410, 410, 410, 410]);
    const { _id } = (await team.userWith(second.email))!;
    expect(await team.collection<Membership>('memberships').countDocuments({ user_id: _id, org_id: team.orgId })).toBe(
      1,
    );
  });

  it('[attack 59] [auth H7] refuses what was revoked, what a newer mail replaced, and another organisation', async () => {
    const { id, email, token } = await team.invited();
    const other = await InvitationScene.found(auth);
    expectProblem(await team.signUp(email, token, { org_id: other.orgId }), 400, 'org_mismatch');
    await team.resend(id);
    expectProblem(await team.signUp(email, token), 410, 'invitation_revoked');
    const next = await team.tokenFor(email);
    const revoked = await team.invited();
    await team.revoke(revoked.id);
    expectProblem(await team.signUp(revoked.email, revoked.token), 410, 'invitation_revoked');
    expect(await team.userWith(revoked.email)).toBeNull();
    expect((await team.signUp(email, next, { org_id: team.orgId })).status).toBe(201);
  });

  it('[attack 60] [auth H7] refuses another address than the invited one', async () => {
    const { email, token } = await team.invited();
    const other = newAddress();
    expectProblem(await team.signUp(other, token), 400, 'email_mismatch');
    expect(await team.userWith(other)).toBeNull();
    expect((await team.signUp(email.toUpperCase(), token)).status).toBe(201);
  });

  it.each([
    [{ password: 'short' }, 'password_too_short'],
    [{ password: 'password12345' }, 'password_common'],
    [{ first_name: '' }, 'validation_failed'],
    [{ role_id: 'role_1' }, 'unknown_field'],
    [{ platform_role: 'platform_admin' }, 'unknown_field'],
  ])('refuses %j, and the invitation is still good', async (change, code) => {
    const { email, token } = await team.invited();
    expectProblem(await team.signUp(email, token, change), 400, code);
    expect((await team.show(token)).status).toBe(200);
  });

  it('gives the account that a stranger asked for with the address to whoever has the mailbox', async () => {
    const email = newAddress();
    const known = await team.stranger({ email });
    await team
      .collection<User>('users')
      .updateOne(
        { email },
        { $set: { email_verified: false, first_name: 'Mallory' }, $unset: { last_signed_in_at: '' } },
      );
    const { token } = await team.invited(email);
    const { status, body } = await team.signUp(email, token);
    expect([status, body]).toMatchObject([201, { id: known.id, first_name: 'Ida' }]);
    expect((await logIn(email)).status).toBe(200);
    expect((await auth.http.post('/auth/login', { email, password: 'correct horse battery staple' })).status).toBe(401);
  });

  it('leaves an account that is used alone', async () => {
    const { email } = await team.stranger();
    const { token } = await team.invited(email);
    expectProblem(await team.signUp(email, token), 409, 'account_exists');
    expect((await team.show(token)).status).toBe(200);
    expect((await logIn(email)).status).toBe(401);
  });

  it('is closed where nobody may have an account any more', async () => {
    const closed = await installation.start({ SIGNUP: 'closed' });
    const { email, token } = await team.invited();
    const wanted = { email, password, first_name: 'Ida', token };
    expectProblem(await closed.http.post('/auth/signup-invite', wanted), 403, 'signup_closed');
    await installation.stop(closed);
    expect((await team.signUp(email, token)).status).toBe(201);
  });
});

describe('POST /auth/decline-invite', () => {
  it('[auth H8, H10] needs no account, and is told to whoever invited', async () => {
    const inviter = await team.member('Admin');
    const { id, email, token } = await team.invited(newAddress(), 'Member', inviter);
    expect((await team.decline(token)).status).toBe(204);
    expect(await audited('invitation.declined', id)).toMatchObject({ actor: null, org_id: team.orgId });
    const [mail] = await mailsTo(auth, inviter.email);
    expect([mail!.subject, mail!.text.includes(email)]).toEqual(['Your invitation was declined', true]);
    expect((await team.invite(email)).status).toBe(201);
    expect((await team.signUp(email, await team.tokenFor(email))).status).toBe(201);
  });

  it('[attack 64] ends nothing that was accepted, and nothing that was declined is accepted', async () => {
    const [accepted, declined] = [await team.invited(), await team.invited()];
    const who = (await team.signUp(accepted.email, accepted.token)).body.id as string;
    expectProblem(await team.decline(accepted.token), 410, 'invitation_used');
    expect([(await team.stored(accepted.token))!.state, (await team.membership(who))!.status]).toEqual([
      'accepted',
      'active',
    ]);
    await team.decline(declined.token);
    expectProblem(await team.signUp(declined.email, declined.token), 410, 'invitation_used');
    expect([(await team.stored(declined.token))!.state, await team.userWith(declined.email)]).toEqual([
      'declined',
      null,
    ]);
    expectProblem(await team.decline('C'.repeat(43)), 404, 'invitation_not_found');
  });
});

describe('invitations that are over', () => {
  it('are erased with whoever was invited or invites', async () => {
    const inviter = await team.member('Admin');
    const { token } = await team.invited(newAddress(), 'Guest', inviter);
    const who = await team.stranger();
    const mine = await team.invited(who.email);
    for (const each of [inviter, who]) {
      const user = (await team.userWith(each.email))!;
      await inTransaction(team.connection, (session) =>
        auth.app.get(PersonalData, { strict: false }).erase(user, session),
      );
    }
    expect([await team.stored(token), await team.stored(mine.token)]).toEqual([null, null]);
  });

  it('[attack 59] [auth H1, H3] expire after 48 hours; the next mail works again', async () => {
    const { id, email, token } = await team.invited();
    installation.clock.advance(48 * 3_600_000 - 1_000);
    expect((await team.show(token)).status).toBe(200);
    installation.clock.advance(1_000);
    expectProblem(await team.show(token), 410, 'invitation_expired');
    expectProblem(await team.signUp(email, token), 410, 'invitation_expired');
    const owner = await team.ownerNow();
    const listed = await auth.http.get(`${team.at()}?status=expired`, { token: owner.token });
    expect(listed.body.data.map((each: { id: string }) => each.id)).toContain(id);
    expect(seen(await team.resend(id, owner))).toEqual([200, undefined]);
    expect((await team.signUp(email, await mailedToken(auth, email, '/invitation'))).status).toBe(201);
  });
});
