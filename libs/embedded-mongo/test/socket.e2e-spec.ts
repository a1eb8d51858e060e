import { afterEach, describe, expect, it } from '@jest/globals';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { createConnection } from 'mongoose';
import { startEmbeddedMongo } from '../src/index.js';
import { silentLog } from '../src/log.js';
import { DatabaseCommand } from './database-command.js';
import { FreshServers } from './fresh-server.js';

const servers = new FreshServers();
afterEach(() => servers.cleanUp());

const start = (dataDir: string) => servers.start({ dataDir, socket: true });
const listeningPorts = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;

async function connect(uri: string): Promise<MongoClient> {
  const client = await MongoClient.connect(uri);
  servers.later(() => client.close());
  return client;
}

describe('a database at a socket', () => {
  it('listens in its directory, for this user, and at no port', async () => {
    const before = listeningPorts();
    const dataDir = servers.directory();
    const { server, client } = await start(dataDir);
    const socket = join(dataDir, 'mongo.sock');
    expect(server).toMatchObject({ host: socket, port: 0 });
    expect(statSync(socket).isSocket()).toBe(true);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(await client.db('d').command({ ping: 1 })).toMatchObject({ ok: 1 });
    expect(listeningPorts()).toBe(before);
    expect((await servers.start()).server.port).toBeGreaterThan(0);
    expect(listeningPorts()).toBe(before + 1);
  });

  it('is called by its path', async () => {
    const { server, client } = await start(servers.directory());
    const hello = await client.db('admin').command({ hello: 1 });
    expect(hello).toMatchObject({ setName: 'rs0', me: server.host, hosts: [server.host], primary: server.host });
  });

  it('has transactions and sessions for mongoose', async () => {
    const { server } = await start(servers.directory());
    const connection = await createConnection(server.uri, { dbName: 'd' }).asPromise();
    servers.later(() => connection.close());
    const numbers = connection.collection<{ _id: number }>('numbers');
    await connection.transaction(async (session) => {
      await numbers.insertOne({ _id: 1 }, { session });
      await numbers.insertOne({ _id: 2 }, { session });
    });
    const given = connection.transaction(async (session) => {
      await numbers.insertOne({ _id: 3 }, { session });
      throw new Error('given up');
    });
    await expect(given).rejects.toThrow('given up');
    expect(await numbers.countDocuments()).toBe(2);
  });

  it('is found below a folder with any name', async () => {
    const { server } = await start(join(servers.directory(), "it's (a, b) @Home: x=1&y?#é"));
    expect(await (await connect(server.uri)).db('d').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('leaves no socket behind when it is stopped', async () => {
    const { server, client } = await start(servers.directory());
    await client.close();
    await server.stop();
    expect(existsSync(server.host)).toBe(false);
  });

  it.each([
    [
      'is too long',
      'long'.repeat(30),
      /^no socket: the path \S+ has \d+ bytes, .*; listening at a port instead, which every/,
    ],
    ['has a % in it', '100%', /^no socket: the path \S+ has a % in it, .*; listening at a port instead, which every/],
  ])('falls back to a port where the path %s, and says so', async (_why, name, said) => {
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (message: string) => warnings.push(message) };
    const dataDir = join(servers.directory(), name);
    const server = await startEmbeddedMongo({ dataDir, socket: true, log });
    servers.later(() => server.stop());
    expect(server.uri).toMatch(/^mongodb:\/\/127\.0\.0\.1:\d+\//);
    expect(await (await connect(server.uri)).db('d').command({ ping: 1 })).toMatchObject({ ok: 1 });
    expect(warnings).toEqual([expect.stringMatching(said)]);
  });
});

describe('`npm run db`', () => {
  const run = (...args: string[]) => new DatabaseCommand(servers, args);

  it('listens at a socket, and answers there', async () => {
    const uri = await run('--data', servers.directory()).uri();
    expect(uri).toMatch(/^mongodb:\/\/%2F\S+mongo\.sock\//);
    expect(await (await connect(uri)).db('d').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('listens on loopback and at no socket when it is given a port', async () => {
    const dataDir = servers.directory();
    const uri = await run('--data', dataDir, '--port', '0').uri();
    expect(uri).toMatch(/^mongodb:\/\/127\.0\.0\.1:\d+\//);
    expect(existsSync(join(dataDir, 'mongo.sock'))).toBe(false);
  });

  it('that was killed is followed by another one with the same data at the same address', async () => {
    const dataDir = servers.directory();
    const first = run('--data', dataDir);
    const uri = await first.uri();
    await (await connect(uri)).db('d').collection('c').insertOne({ kept: true });
    await first.kill();
    expect(existsSync(join(dataDir, 'mongo.sock'))).toBe(true);
    expect(await run('--data', dataDir).uri()).toBe(uri);
    const kept = await (
      await connect(uri)
    )
      .db('d')
      .collection('c')
      .findOne({}, { projection: { _id: 0 } });
    expect(kept).toEqual({ kept: true });
  });

  it('on a directory that another one has says so, and takes nothing from it', async () => {
    const dataDir = servers.directory();
    const uri = await run('--data', dataDir).uri();
    const second = run('--data', dataDir);
    expect(await second.ended).toBe(1);
    expect(second.output).toMatch(/cannot start: the data directory \S+ is in use by process \d+; if that is another/);
    expect(await (await connect(uri)).db('d').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });
});
