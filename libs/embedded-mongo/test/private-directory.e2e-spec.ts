import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedMongo } from '../src/index.js';
import { makePrivate } from '../src/storage/private-directory.js';
import { DatabaseCommand } from './database-command.js';
import { FreshServers } from './fresh-server.js';

const servers = new FreshServers();
afterEach(async () => {
  jest.restoreAllMocks();
  await servers.cleanUp();
});

const forOthers = (path: string) => statSync(path).mode & 0o077;
/** What others than its owner may do with a directory and with everything in it. */
const openToOthers = (directory: string) =>
  ['', ...readdirSync(directory, { recursive: true, encoding: 'utf8' })].filter(
    (name) => forOthers(join(directory, name)) !== 0,
  );

/** A database as an earlier version left it: its directory and its files are open to all. */
async function openDirectory(): Promise<string> {
  const dataDir = servers.directory();
  const { client, server } = await servers.start({ dataDir });
  await client.db('d').collection<{ _id: number }>('c').insertOne({ _id: 1 });
  await client.close();
  await server.stop();
  for (const name of ['', 'data']) chmodSync(join(dataDir, name), 0o755);
  for (const name of readdirSync(join(dataDir, 'data'))) chmodSync(join(dataDir, 'data', name), 0o644);
  return dataDir;
}

describe('the data directory', () => {
  it('that others could enter is closed to them, and so is what lies in it', async () => {
    const dataDir = await openDirectory();
    const { client } = await servers.start({ dataDir });
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, 'data')).mode & 0o777).toBe(0o700);
    for (const name of ['data.mdb', 'lock.mdb']) expect(statSync(join(dataDir, 'data', name)).mode & 0o777).toBe(0o600);
    expect(await client.db('d').collection('c').countDocuments()).toBe(1);
  });

  it('of `npm run db` has nothing in it that is for others, whatever the umask', async () => {
    const dataDir = join(servers.directory(), 'new', 'db');
    const before = process.umask(0o000);
    const command = new DatabaseCommand(servers, ['--data', dataDir]);
    process.umask(before);
    await command.uri();
    expect(readdirSync(dataDir)).toEqual(expect.arrayContaining(['data', 'mongo.sock']));
    expect(openToOthers(dataDir)).toEqual([]);
  });

  it('of somebody else is refused, and left as it is', async () => {
    const dataDir = servers.directory();
    chmodSync(dataDir, 0o755);
    jest.spyOn(process, 'getuid').mockReturnValue(statSync(dataDir).uid + 1);
    await expect(startEmbeddedMongo({ dataDir })).rejects.toThrow(
      `the data directory ${dataDir} is not this user's own; choose another one`,
    );
    expect(forOthers(dataDir)).toBe(0o055);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('that all share, like /tmp, is refused', () => {
    const shared = join(servers.directory(), 'tmp');
    mkdirSync(shared);
    chmodSync(shared, 0o1777);
    expect(() => makePrivate(shared)).toThrow(/is not this user's own/);
    expect(statSync(shared).mode & 0o7777).toBe(0o1777);
  });
});
