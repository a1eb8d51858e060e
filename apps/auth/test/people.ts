import type { TestService } from '@parley/testing';
import { PasswordsService } from '../src/passwords/passwords.service.js';
import type { User } from '../src/users/user.schema.js';
import { UsersService } from '../src/users/users.service.js';

export const somePassword = 'correct horse battery staple';

export interface Person {
  id: string;
  email: string;
  token: string;
}

/** Stores a user, as if they had signed up and verified their address. */
export async function addUser(auth: TestService, name: string, change: Partial<User> = {}): Promise<User> {
  const users = auth.app.get(UsersService, { strict: false });
  const password_hash = await auth.app.get(PasswordsService, { strict: false }).hash(somePassword);
  await users.add({
    email: `${name}@example.org`,
    username: name,
    first_name: 'Given',
    last_name: 'Family',
    password_hash,
    email_verified: true,
    status: 'active',
    platform_role: 'user',
    ...change,
  });
  return (await users.findByName({ username: name }))!;
}

export async function signIn(auth: TestService, username: string, password = somePassword): Promise<string> {
  const { body } = await auth.http.post('/auth/login', { username, password });
  return body.access_token as string;
}

/** A stored user who is signed in. */
export async function person(auth: TestService, name: string, change: Partial<User> = {}): Promise<Person> {
  const { _id, email } = await addUser(auth, name, change);
  return { id: _id, email, token: await signIn(auth, name) };
}
