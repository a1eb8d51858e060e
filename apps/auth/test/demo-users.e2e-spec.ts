import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { getModelToken } from '@nestjs/mongoose';
import type { TestService } from '@parley/testing';
import type { Model } from 'mongoose';
import { PasswordsService } from '../src/passwords/passwords.service.js';
import { type User, USERS } from '../src/users/user.schema.js';
import { AuthInstallation, logIn, serviceToken } from './running-auth.js';

const usernames = ['admin', 'user1', 'user2'];
const production = {
  NODE_ENV: 'production',
  MAIL_MODE: 'smtp',
  SMTP_URL: 'smtp://127.0.0.1:1',
  SEED_DEMO: 'false',
  CORS_ORIGINS: 'https://chat.example.org',
};
const usersOf = (auth: TestService): Model<User> => auth.app.get(getModelToken(USERS), { strict: false });
const signIn = async (auth: TestService, username: string, password = `parley-${username}-demo`) => {
  const { status, body } = await auth.http.post('/auth/login', { username, password });
  return `${status} ${body.code ?? 'signed in'}`;
};

describe('demo users', () => {
  let installation: AuthInstallation;
  beforeEach(() => {
    installation = new AuthInstallation();
  });
  afterEach(() => installation.remove());

  /** A demo that ran before; `change` is what happened to its database since. */
  const ranAsDemo = async (change?: (users: Model<User>) => Promise<unknown>, environment?: Record<string, string>) => {
    const demo = await installation.start(environment);
    const tokens = environment ? [] : await Promise.all(usernames.map((name) => logIn(demo, name)));
    await change?.(usersOf(demo));
    await installation.stop(demo);
    return tokens;
  };
  const warnings = () => installation.logs.lines.filter(({ level }) => level === 'warn');

  describe('when the demo is over', () => {
    it.each([production, { SEED_DEMO: 'false' }])('[attack 111] cannot sign in: %j', async (environment) => {
      await ranAsDemo();
      const auth = await installation.start(environment);
      for (const name of usernames) expect(await signIn(auth, name)).toBe('401 invalid_credentials');
      const byEmail = { email: 'admin@example.com', password: 'parley-admin-demo' };
      expect((await auth.http.post('/auth/login', byEmail)).body.code).toBe('invalid_credentials');
    });

    it('[attack 111] are answered exactly as people without an account', async () => {
      await ranAsDemo();
      const auth = await installation.start(production);
      const faces = await Promise.all(
        ['admin', 'nobody'].map(async (username) => {
          const answer = await auth.http.post('/auth/login', { username, password: 'parley-admin-demo' });
          const { date: _, 'x-request-id': _id, ...headers } = Object.fromEntries(answer.headers);
          return { status: answer.status, headers, body: { ...answer.body, request_id: '' } };
        }),
      );
      expect(faces[0]).toEqual(faces[1]);
    });

    it('[attack 111] have no use of the tokens that they hold', async () => {
      const tokens = await ranAsDemo();
      const auth = await installation.start(production);
      for (const token of tokens) {
        const { status, body } = await auth.http.get('/auth/me', { token });
        expect([status, body.code]).toEqual([401, 'account_disabled']);
      }
    });

    it('[attack 111] are nobody to the other services', async () => {
      await ranAsDemo();
      const auth = await installation.start(production);
      const token = await serviceToken(auth, 'chat', 'auth');
      for (const id of await usersOf(auth).distinct('_id')) {
        for (const path of [`/internal/authz/grants?user_id=${id}`, `/internal/users/${id}`]) {
          expect((await auth.http.get(path, { token })).body.code).toBe('user_not_found');
        }
      }
    });

    it('[attack 111] are named by the start', async () => {
      await ranAsDemo();
      await installation.start(production);
      const said = 'demo users are in the database; they cannot sign in while SEED_DEMO is off';
      expect(warnings().at(-1)).toMatchObject({ msg: said, usernames: expect.arrayContaining(usernames) });
    });

    it('[attack 111] are not spoken of where there never was a demo', async () => {
      await installation.start(production);
      expect(warnings()).toEqual([]);
    });

    it('[attack 111] are there again, with their tokens, when the demo is on again', async () => {
      const [token] = await ranAsDemo();
      await installation.stop(await installation.start(production));
      const auth = await installation.start();
      expect(await signIn(auth, 'admin')).toBe('200 signed in');
      expect((await auth.http.get('/auth/me', { token: token! })).status).toBe(200);
    });

    it('[attack 111] cannot sign in with a password of their own either', async () => {
      const own = await new PasswordsService().hash('a password of my own');
      await ranAsDemo((users) => users.updateOne({ username: 'user1' }, { $set: { password_hash: own } }));
      const auth = await installation.start(production);
      expect(await signIn(auth, 'user1', 'a password of my own')).toBe('401 invalid_credentials');
    });
  });

  describe('of a database from before they were marked', () => {
    const unmark = (users: Model<User>) => users.updateMany({}, { $unset: { demo: true, demo_password_hash: true } });

    it('[attack 111] are recognised by their address and the published password', async () => {
      await ranAsDemo(unmark);
      const auth = await installation.start(production);
      for (const name of usernames) expect(await signIn(auth, name)).toBe('401 invalid_credentials');
      expect(await usersOf(auth).countDocuments({ demo: true })).toBe(3);
      expect(warnings()).toHaveLength(2);
    });

    it('[attack 111] are taken for people when only the address is the same', async () => {
      const own = await new PasswordsService().hash('a password of my own');
      await ranAsDemo(async (users) => {
        await users.updateOne({ username: 'user1' }, { $set: { password_hash: own } });
        await unmark(users);
      });
      const auth = await installation.start(production);
      expect(await signIn(auth, 'user1', 'a password of my own')).toBe('200 signed in');
      expect(await signIn(auth, 'admin')).toBe('401 invalid_credentials');
    });
  });

  describe('of an exposed demo', () => {
    const exposed = { SEED_DEMO: 'exposed', HOST: '0.0.0.0' };
    const printedPasswords = () =>
      Object.fromEntries(
        installation.printed.map(
          (line) => /^demo password of (\w+): (\S{16})$/.exec(line)!.slice(1) as [string, string],
        ),
      );

    it('[attack 112] sign in with random passwords that are shown once, and not with the published ones', async () => {
      const auth = await installation.start(exposed);
      const passwords = printedPasswords();
      expect(Object.keys(passwords).sort()).toEqual(usernames);
      expect(new Set(Object.values(passwords)).size).toBe(3);
      for (const name of usernames) {
        expect(await signIn(auth, name, passwords[name])).toBe('200 signed in');
        expect(await signIn(auth, name)).toBe('401 invalid_credentials');
        expect(installation.logs.text()).not.toContain(passwords[name]);
      }
    });

    it('[attack 112] keep them over a restart, which does not show them again', async () => {
      await ranAsDemo(undefined, exposed);
      const passwords = printedPasswords();
      const auth = await installation.start(exposed);
      expect(installation.printed).toHaveLength(3);
      expect(await signIn(auth, 'admin', passwords.admin)).toBe('200 signed in');
    });

    it('[attack 112] lose the published passwords of a demo that ran before', async () => {
      await ranAsDemo((users) =>
        users.updateOne({ username: 'user2' }, { $unset: { demo: true, demo_password_hash: true } }),
      );
      const auth = await installation.start(exposed);
      const passwords = printedPasswords();
      for (const name of usernames) {
        expect(await signIn(auth, name)).toBe('401 invalid_credentials');
        expect(await signIn(auth, name, passwords[name])).toBe('200 signed in');
      }
    });

    it('[attack 112] have one password when two instances start together', async () => {
      const [auth] = await Promise.all([installation.start(exposed), installation.start(exposed)]);
      expect(installation.printed).toHaveLength(3);
      for (const [name, password] of Object.entries(printedPasswords())) {
        expect(await signIn(auth, name, password)).toBe('200 signed in');
      }
    });

    it('[attack 112] have the published passwords again when nobody else reaches the demo, and new ones the next time', async () => {
      await ranAsDemo(undefined, exposed);
      const first = printedPasswords();
      const tokens = await ranAsDemo();
      expect(tokens).toEqual(Array(3).fill(expect.any(String)));
      const auth = await installation.start(exposed);
      expect(installation.printed).toHaveLength(6);
      expect(await signIn(auth, 'admin', first.admin)).toBe('401 invalid_credentials');
      expect(await signIn(auth, 'admin', printedPasswords().admin)).toBe('200 signed in');
    });

    it('[attack 112] keep a password that they chose themselves', async () => {
      const own = await new PasswordsService().hash('a password of my own');
      await ranAsDemo((users) => users.updateOne({ username: 'user1' }, { $set: { password_hash: own } }), exposed);
      for (const environment of [exposed, {}]) {
        const auth = await installation.start(environment);
        expect(await signIn(auth, 'user1', 'a password of my own')).toBe('200 signed in');
        await installation.stop(auth);
      }
    });

    it('[attack 111] are over with the demo too', async () => {
      await ranAsDemo(undefined, exposed);
      const auth = await installation.start(production);
      expect(await signIn(auth, 'admin', printedPasswords().admin)).toBe('401 invalid_credentials');
    });
  });
});
