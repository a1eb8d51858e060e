import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { getModelToken } from '@nestjs/mongoose';
import type { TestService } from '@parley/testing';
import type { Model } from 'mongoose';
import { PasswordsService } from '../src/passwords/passwords.service.js';
import { type User, USERS } from '../src/users/user.schema.js';
import { AuthInstallation } from './running-auth.js';

const usersOf = (auth: TestService): Model<User> => auth.app.get(getModelToken(USERS), { strict: false });
const signIn = async (auth: TestService, username: string, password = `parley-${username}-demo`) =>
  (await auth.http.post('/auth/login', { username, password })).status;

describe('demo users', () => {
  let installation = new AuthInstallation();
  afterEach(async () => {
    await installation.remove();
    installation = new AuthInstallation();
  });
  afterAll(() => installation.remove());

  it('are inserted once by two instances that start together, and can sign in', async () => {
    const [auth] = await Promise.all([installation.start(), installation.start()]);
    const users = await usersOf(auth).find({}).sort({ username: 1 }).lean<User[]>();
    expect(users.map(({ username, email, platform_role }) => [username, email, platform_role])).toEqual([
      ['admin', 'admin@example.com', 'platform_admin'],
      ['user1', 'user1@example.com', 'user'],
      ['user2', 'user2@example.com', 'user'],
    ]);
    for (const { username, password_hash } of users) {
      expect(password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      expect(await signIn(auth, username)).toBe(200);
    }
  });

  it('keep their ids and a changed password over a restart', async () => {
    const before = await installation.start();
    const changed = await before.app.get(PasswordsService, { strict: false }).hash('a password of my own');
    await usersOf(before).updateOne({ username: 'user1' }, { $set: { password_hash: changed } });
    const ids = await usersOf(before).distinct('_id');
    await installation.stop(before);
    const after = await installation.start();
    expect(await usersOf(after).distinct('_id')).toEqual(ids);
    expect(await signIn(after, 'user1', 'a password of my own')).toBe(200);
    expect(await signIn(after, 'user1')).toBe(401);
  });

  it('are not there unless they are asked for', async () => {
    const auth = await installation.start({ SEED_DEMO: 'false' });
    expect(await usersOf(auth).countDocuments({})).toBe(0);
    expect(await signIn(auth, 'admin')).toBe(401);
  });
});
