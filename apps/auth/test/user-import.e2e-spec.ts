import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken, getModelToken } from '@nestjs/mongoose';
import type { TestService } from '@parley/testing';
import type { Connection, Model } from 'mongoose';
import { PersonalOrganizations } from '../src/memberships/personal-organizations.js';
import { AuditLog } from '../src/audit/audit-log.js';
import type { SourceRow } from '../src/user-import/import-row.js';
import { type ImportOptions, type RowReport, UserImport } from '../src/user-import/user-import.service.js';
import { type User, USERS } from '../src/users/user.schema.js';
import { addUser } from './people.js';
import { AuthInstallation } from './running-auth.js';

const password = 'correct horse';
const bcrypt = '$2b$04$l3l8J3yzAeRrTDAm/dcnEu0Q9CWEN.MVCQDBX2Ugy1sI23uLuzCI2';
const django = 'pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=';
const sha256 = 'sha256$salt$8cb258c07eb871943b4ad0e754a502b5fc3a389d75fefc91b4e010778ecca018';
const current = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;

const installation = new AuthInstallation();
let auth: TestService;
let connection: Connection;
let users: UserImport;

beforeAll(async () => {
  auth = await installation.start({ SEED_DEMO: 'false' });
  connection = auth.app.get(getConnectionToken(), { strict: false });
  const model: Model<User> = auth.app.get(getModelToken(USERS), { strict: false });
  const personal = auth.app.get(PersonalOrganizations, { strict: false });
  const audit = auth.app.get(AuditLog, { strict: false });
  users = new UserImport(connection, model, personal, audit, installation.clock);
});
afterAll(() => installation.remove());

async function importing(values: unknown[], options: ImportOptions = {}): Promise<RowReport[]> {
  const rows = values.map((each, n): SourceRow => ({ line: n + 2, values: each }));
  const reports: RowReport[] = [];
  for await (const report of users.run(Readable.from(rows), options)) reports.push(report);
  return reports;
}
const stored = (email: string) => connection.collection<User>('users').findOne({ email });
const logIn = (email: string, given = password) => auth.http.post('/auth/login', { email, password: given });
const row = (name: string, change: object = {}) => ({ email: `${name}@example.org`, email_verified: true, ...change });

describe('users:import', () => {
  it('reports each row, goes on after a bad one, and never says whose it was', async () => {
    await addUser(auth, 'taken');
    const reports = await importing([
      row('good', { password_hash: bcrypt }),
      row('GOOD', { password_hash: bcrypt }),
      row('taken', { password_hash: bcrypt }),
      row('other', { username: 'taken' }),
      row('costly', { password_hash: bcrypt.replace('$04', '$31') }),
      { email: 'nobody' },
      row('none'),
    ]);
    expect(reports).toEqual([
      { line: 2, result: 'imported' },
      { line: 3, result: 'skipped', code: 'duplicate_in_file' },
      { line: 4, result: 'skipped', code: 'email_taken' },
      { line: 5, result: 'refused', code: 'username_taken' },
      { line: 6, result: 'refused', code: 'hash_too_expensive' },
      { line: 7, result: 'refused', code: 'email_invalid' },
      { line: 8, result: 'imported' },
    ]);
    const [entry] = await connection.collection('audit_entries').find({ type: 'users.imported' }).toArray();
    expect(entry).toMatchObject({ actor: 'cli', facts: { imported: 2, skipped: 2, refused: 3 } });
    expect(JSON.stringify(entry)).not.toContain('@');
  });

  it('changes nothing when it is repeated, or with dryRun', async () => {
    const rows = [row('good', { password_hash: bcrypt }), row('none'), row('dry', { password_hash: bcrypt })];
    const before = await connection.collection('users').find().toArray();
    expect((await importing(rows, { dryRun: true })).map(({ result }) => result)).toEqual([
      'skipped',
      'skipped',
      'imported',
    ]);
    expect((await importing(rows.slice(0, 2))).map(({ result }) => result)).toEqual(['skipped', 'skipped']);
    expect(await connection.collection('users').find().toArray()).toEqual(before);
  });

  it('makes plain users with names of their own', async () => {
    await importing([{ email: 'twin@one.example' }, { email: 'twin@two.example' }, { email: 'ü@example.org' }]);
    expect(await stored('twin@one.example')).toMatchObject({
      username: 'twin',
      platform_role: 'user',
      status: 'active',
    });
    expect((await stored('twin@two.example'))!.username).toMatch(/^twin-[0-9a-f]{4}$/);
    expect((await stored('twin@one.example'))!.email_verified).toBe(false);
  });

  it('two at once insert each user once', async () => {
    const rows = Array.from({ length: 30 }, (_, n) => row(`race${n}`));
    const both = await Promise.all([importing(rows), importing(rows)]);
    expect(both.flat().filter(({ result }) => result === 'imported')).toHaveLength(30);
    expect(await connection.collection('users').countDocuments({ email: /^race/ })).toBe(30);
  });

  it('with update brings an account up to date, but not a password that was used here', async () => {
    await importing([row('upd', { password_hash: bcrypt })]);
    const change = { first_name: 'New', password_hash: django };
    expect(await importing([row('upd', change)], { update: true })).toEqual([{ line: 2, result: 'updated' }]);
    expect(await stored('upd@example.org')).toMatchObject(change);
    expect(await importing([row('upd', change)], { update: true })).toMatchObject([{ result: 'skipped' }]);
    expect((await logIn('upd@example.org')).status).toBe(200);
    await importing([row('upd', { first_name: 'Newer', password_hash: bcrypt })], { update: true });
    const after = await stored('upd@example.org');
    expect([after!.first_name, after!.password_hash]).toEqual(['Newer', expect.stringMatching(current)]);
  });
});

describe('the first sign-in of an imported user', () => {
  it.each([
    ['bcrypt', bcrypt],
    ['PBKDF2', django],
    ['salted SHA-256', sha256],
  ])('[attack 51] with %s succeeds once with the old hash, which is then Argon2id', async (format, password_hash) => {
    const name = format.replaceAll(/\W/g, '').toLowerCase();
    const email = `${name}@example.org`;
    await importing([row(name, { password_hash })], { acceptSha256: true });
    expect((await stored(email))!.password_hash).not.toMatch(current);
    expect((await logIn(email, 'wrong')).body.code).toBe('invalid_credentials');
    expect((await stored(email))!.password_hash).not.toMatch(current);
    expect((await logIn(email)).status).toBe(200);
    const { password_hash: hashed } = (await stored(email))!;
    expect(hashed).toMatch(current);
    expect((await logIn(email)).status).toBe(200);
    expect((await stored(email))!.password_hash).toBe(hashed);
    expect((await logIn(email, 'wrong')).status).toBe(401);
  });

  it('at ten places at once stores one new hash, and all are signed in', async () => {
    await importing([row('many', { password_hash: bcrypt })]);
    const answers = await Promise.all(Array.from({ length: 10 }, () => logIn('many@example.org')));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect((await stored('many@example.org'))!.password_hash).toMatch(current);
    expect((await logIn('many@example.org')).status).toBe(200);
  });

  it('without a hash, or with one that became unreadable, is refused like a wrong password', async () => {
    await importing([row('nohash')]);
    expect((await logIn('nohash@example.org', '')).status).toBe(400);
    const unknown = (await logIn('unknown@example.org')).body;
    for (const password_hash of [undefined, '!', '', '$2b$31$broken']) {
      if (password_hash !== undefined) {
        await connection.collection('users').updateOne({ email: 'nohash@example.org' }, { $set: { password_hash } });
      }
      const { body } = await logIn('nohash@example.org');
      expect({ ...body, request_id: '' }).toEqual({ ...unknown, request_id: '' });
    }
  });

  it('goes by the first 72 bytes of a bcrypt password, and by all of it from then on', async () => {
    const ofEighty = '$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i';
    await importing([row('long', { password_hash: ofEighty })]);
    const long = 'x'.repeat(80);
    expect((await logIn('long@example.org', long)).status).toBe(200);
    expect((await logIn('long@example.org', `${'x'.repeat(72)}yyyyyyyy`)).status).toBe(401);
    expect((await logIn('long@example.org', long)).status).toBe(200);
  });
});
