import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { testDatabases } from '@parley/testing';
import { MongoClient } from 'mongodb';
import { usersImport } from '../src/commands/import-of-users.js';
import { callCommand, environmentOf, runCommand } from './run-command.js';

const bcrypt = '$2b$04$l3l8J3yzAeRrTDAm/dcnEu0Q9CWEN.MVCQDBX2Ugy1sI23uLuzCI2';
const databases = testDatabases();
const environment = environmentOf(databases);
jest.setTimeout(120_000);
let directory: string;
let client: MongoClient;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'parley-import-'));
  client = await new MongoClient(databases.uri).connect();
});
afterAll(async () => {
  await client.close();
  await rm(directory, { recursive: true });
  await databases.drop();
});

const call = (args: string[], input?: string) => callCommand(usersImport, args, environment, input);
const run = (args: string[], input?: string) => runCommand('users-import', args, environment, input);
const users = () => client.db(`${databases.prefix}_auth`).collection('users');

describe('npm run users:import', () => {
  it('imports a file, names the lines that it left out, and says nothing of anybody', async () => {
    const file = path.join(directory, 'users.csv');
    const rows = [`ann@example.org,Ann,${bcrypt}`, 'not an address,Bob,', `cat@example.org,Cat,plain-text-password`];
    await writeFile(file, `email,first_name,password_hash\n${rows.join('\n')}\n`);
    const dry = await call([file, '--dry-run']);
    expect([dry.code, dry.stdout.split('\n').at(-2)]).toEqual([
      1,
      'Would be imported: 1, updated: 0, skipped: 0, refused: 2',
    ]);
    expect(await users().countDocuments()).toBe(0);
    const { code, stdout, stderr } = await run([file]);
    expect([code, stderr, stdout]).toEqual([
      1,
      '',
      'line 3: refused email_invalid\nline 4: refused hash_format_unknown\nImported: 1, updated: 0, skipped: 0, refused: 2\n',
    ]);
    expect(await users().findOne({ email: 'ann@example.org' })).toMatchObject({
      first_name: 'Ann',
      password_hash: bcrypt,
    });
  });

  it('reads standard input, and repeated it changes nothing', async () => {
    const input = '{"email":"dan@example.org"}\n{"email":"eve@example.org"}\n';
    const first = await run(['-', '--format', 'json'], input);
    expect([first.code, first.stdout]).toEqual([0, 'Imported: 2, updated: 0, skipped: 0, refused: 0\n']);
    const second = await call(['-', '--format', 'json'], input);
    expect([second.code, second.stdout]).toEqual([
      0,
      'line 1: skipped email_taken\nline 2: skipped email_taken\nImported: 0, updated: 0, skipped: 2, refused: 0\n',
    ]);
  });

  it('refuses what it does not understand in one sentence', async () => {
    const ends = [
      await call([]),
      await call(['/no/such/file.csv']),
      await call(['-'], 'x'),
      await call(['-', '--format', 'json'], 'nothing in it'),
      await run(['--no-such-option']),
    ];
    expect(ends.map(({ code }) => code)).toEqual([1, 1, 1, 1, 2]);
    for (const { stderr } of ends) expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('refuses a configuration that the service would refuse', async () => {
    const missing = await callCommand(usersImport, ['-', '--format', 'csv'], {});
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('AUTH_KEK: is required')]);
  });
});
