import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestService } from '@parley/testing';
import { Counters } from '../src/throttling/counters.js';
import { expectProblem, InvitationScene, newAddress } from './invitation-scene.js';
import { deliverOnDemand, mailsTo } from './mailbox.js';
import type { Person } from './people.js';
import { AuthInstallation } from './running-auth.js';

const installation = new AuthInstallation();
let auth: TestService;
let team: InvitationScene;
let admin: Person;
let member: Person;

beforeAll(async () => {
  auth = await installation.start();
  await deliverOnDemand(auth);
  team = await InvitationScene.found(auth);
  admin = await team.member('Admin');
  member = await team.member('Member');
});
afterAll(() => installation.remove());

describe('POST /organizations/{org_id}/invitations/bulk', () => {
  it('[auth H9] has a result for each row; one that is refused holds none up', async () => {
    const [ann, ben] = [newAddress(), newAddress()];
    const { status, body } = await team.bulk([ann, 'no address', member.email, ben], admin);
    expect([status, body]).toMatchObject([200, { created: 2, failed: 2 }]);
    expect(body.results.map(({ email, code }: { email: string; code: string | null }) => [email, code])).toEqual([
      [ann, null],
      ['no address', 'validation_failed'],
      [member.email, 'already_member'],
      [ben, null],
    ]);
    const again = await team.bulk([ann], admin);
    expect(again.body.results[0]).toMatchObject({
      code: 'invitation_pending',
      detail: 'Invitation already sent to this email address',
    });
    expect(await mailsTo(auth, ann)).toHaveLength(1);
  });

  it('[attack 63] of 10 000 is too large, and so are 101; 50 times the same address is one invitation', async () => {
    const many = Array.from({ length: 10_000 }, (_, n) => `many${n}@example.com`);
    expect((await team.bulk(many)).status).toBe(413);
    expectProblem(await team.bulk(many.slice(0, 101)), 413, 'too_many_invitations');
    expect(await team.collection('invitations').countDocuments({ email: 'many0@example.com' })).toBe(0);
    const email = newAddress();
    const { body } = await team.bulk(Array.from({ length: 50 }, (_, n) => (n % 2 ? email : email.toUpperCase())));
    expect([body.created, body.failed]).toEqual([1, 49]);
    expect(new Set(body.results.slice(1).map(({ code }: { code: string }) => code))).toEqual(
      new Set(['invitation_duplicate']),
    );
    expect(await mailsTo(auth, email)).toHaveLength(1);
  });
});

describe('limits', () => {
  it('let one address have three mails an hour, whoever writes; the fourth is refused and changes nothing', async () => {
    const other = await InvitationScene.found(auth);
    const { id, email } = await team.invited();
    await team.resend(id);
    await other.invite(email);
    const token = await team.tokenFor(email);
    const refused = await team.resend(id);
    expectProblem(refused, 429, 'invitation_limit_reached');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await team.show(token)).status).toBe(200);
    expect((await team.invite(newAddress())).status).toBe(201);
  });

  it('let one organisation send two hundred a day', async () => {
    const busy = await InvitationScene.found(auth);
    const sent = auth.app.get(Counters, { strict: false }).of('organization_invitations', 86_400);
    await sent.add(busy.orgId);
    await Promise.all(Array.from({ length: 198 }, () => sent.add(busy.orgId)));
    const { body } = await busy.bulk([newAddress(), newAddress()]);
    expect(body.results.map(({ code }: { code: string | null }) => code)).toEqual([null, 'invitation_limit_reached']);
    expectProblem(await busy.invite(newAddress()), 429, 'invitation_limit_reached');
    expect((await team.invite(newAddress())).status).toBe(201);
  });
});
