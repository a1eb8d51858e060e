import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccountScene, nameOf, nextPassword as next } from './account-scene.js';
import { mailedToken, mailsTo, tokenIn } from './mailbox.js';
import { addUser, signIn, somePassword } from './people.js';

const scene = new AccountScene();
const { eventsAbout, installation, login, newPerson } = scene;

beforeAll(scene.start);
afterAll(scene.stop);

describe('POST /auth/change-email', () => {
  const change = (token: string, email: string, password = somePassword) =>
    scene.auth.http.post('/auth/change-email', { email, password }, { token });
  const confirm = (token: string) => scene.auth.http.post('/auth/confirm-email-change', { token });
  const undo = (token: string) => scene.auth.http.post('/auth/undo-email-change', { token });

  it('uses the new address once it is confirmed, and tells the old one', async () => {
    const someone = await newPerson();
    const wanted = `new-${someone.email}`;
    expect((await change(someone.token, wanted)).status).toBe(202);
    expect((await login(wanted)).status).toBe(401);
    expect((await confirm(await mailedToken(scene.auth, wanted))).status).toBe(200);
    expect([(await login(wanted)).status, (await login(someone.email)).status]).toEqual([200, 401]);
    const [notice] = await mailsTo(scene.auth, someone.email);
    expect(notice!.text).toContain(wanted);
  });

  it('can be undone from the old address for 72 hours, which ends every session', async () => {
    const someone = await newPerson();
    const wanted = `stolen-${someone.email}`;
    await change(someone.token, wanted);
    await confirm(await mailedToken(scene.auth, wanted));
    const back = tokenIn((await mailsTo(scene.auth, someone.email))[0]!);
    installation.clock.advance(71 * 3_600_000);
    expect((await undo(back)).status).toBe(200);
    expect([(await login(wanted)).status, (await login(someone.email)).status]).toEqual([401, 200]);
    expect(await eventsAbout(someone.id)).toContain('credential-change');
    expect((await undo(back)).body.code).toBe('token_used');
  });

  it('cannot be undone later, nor confirmed after an hour', async () => {
    const someone = await newPerson();
    await change(someone.token, `late-${someone.email}`);
    const late = await mailedToken(scene.auth, `late-${someone.email}`);
    installation.clock.advance(3_600_000);
    expect((await confirm(late)).body.code).toBe('token_expired');
    const token = await signIn(scene.auth, nameOf(someone));
    await change(token, `soon-${someone.email}`);
    await confirm(await mailedToken(scene.auth, `soon-${someone.email}`));
    const back = await mailedToken(scene.auth, someone.email);
    installation.clock.advance(72 * 3_600_000);
    expect((await undo(back)).body.code).toBe('token_expired');
  });

  it('tells nobody that an address is taken but its owner, and takes it from nobody', async () => {
    const [someone, owner] = [await newPerson(), await addUser(scene.auth, 'owns-an-address')];
    const [free, taken] = [
      await change(someone.token, 'free-one@example.org'),
      await change(someone.token, owner.email),
    ];
    expect([taken.status, taken.body]).toEqual([free.status, free.body]);
    expect((await mailsTo(scene.auth, owner.email)).map(({ subject }) => subject)).toEqual([
      'You already have an account',
    ]);
    const wanted = 'raced-for@example.org';
    await change(someone.token, wanted);
    const link = await mailedToken(scene.auth, wanted);
    await addUser(scene.auth, 'was-faster', { email: wanted });
    const late = await confirm(link);
    expect([late.status, late.body.code]).toEqual([409, 'email_taken']);
  });

  it('goes back for good: a thief who went on to a third address cannot undo the undoing', async () => {
    const someone = await newPerson();
    const [second, third] = [`second-${someone.email}`, `third-${someone.email}`];
    await change(someone.token, second);
    await confirm(await mailedToken(scene.auth, second));
    const owners = await mailedToken(scene.auth, someone.email);
    await change(someone.token, third);
    await confirm(await mailedToken(scene.auth, third));
    const thiefs = await mailedToken(scene.auth, second);
    expect((await undo(owners)).status).toBe(200);
    expect((await undo(thiefs)).body.code).toBe('token_used');
    expect((await login(someone.email)).status).toBe(200);
  });

  it('is off once the password was changed or reset, but what was changed before can still be undone', async () => {
    for (const how of ['change', 'reset']) {
      const someone = await newPerson();
      const [earlier, wanted] = [`earlier-${someone.email}`, `pending-${someone.email}`];
      await change(someone.token, earlier);
      await confirm(await mailedToken(scene.auth, earlier));
      const back = await mailedToken(scene.auth, someone.email);
      await change(someone.token, wanted);
      const pending = await mailedToken(scene.auth, wanted);
      if (how === 'change') {
        const body = { current_password: somePassword, new_password: next };
        await scene.auth.http.post('/auth/change-password', body, { token: someone.token });
      } else {
        await scene.auth.http.post('/auth/forgot-password', { email: earlier });
        const token = await mailedToken(scene.auth, earlier);
        expect((await scene.auth.http.post('/auth/reset-password', { token, password: next })).status).toBe(200);
      }
      expect((await confirm(pending)).body.code).toBe('token_used');
      expect((await undo(back)).status).toBe(200);
    }
  });

  it('needs the password', async () => {
    const someone = await newPerson();
    const { status, body } = await change(someone.token, 'x@example.org', 'wrong');
    expect([status, body.code]).toEqual([403, 'password_incorrect']);
    expect(await mailsTo(scene.auth, 'x@example.org')).toEqual([]);
  });

  it('[attack 12, 53] takes no token of another purpose', async () => {
    const someone = await newPerson();
    await change(someone.token, `other-${someone.email}`);
    const link = await mailedToken(scene.auth, `other-${someone.email}`);
    for (const route of ['undo-email-change', 'restore', 'verify-email']) {
      expect((await scene.auth.http.post(`/auth/${route}`, { token: link })).body.code).toBe('token_invalid');
    }
    expect((await confirm(link)).status).toBe(200);
  });
});
