import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MongoClient, type Collection } from 'mongodb';
import { startEmbeddedMongo } from '../src/index.js';

const cleanUps: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'embedded-mongo-disk-'));
  cleanUps.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A directory whose database was filled and closed. */
async function filled(): Promise<string> {
  const dataDir = directory();
  const server = await startEmbeddedMongo({ dataDir });
  const client = await MongoClient.connect(server.uri);
  await client
    .db('d')
    .collection('c')
    .insertMany(Array.from({ length: 500 }, (_, i) => ({ i, text: 'x'.repeat(200) })));
  await client.close();
  await server.stop();
  return dataDir;
}

const noise = (bytes: Buffer, from: number, to = bytes.length) => {
  for (let i = from; i < to; i++) bytes[i] = (i * 7919) % 256;
  return bytes;
};

describe('a damaged file', () => {
  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['whose head is zeroed', (bytes) => bytes.fill(0, 0, 8192)],
    ['whose head is overwritten', (bytes) => noise(bytes, 0, 8192)],
    ['whose pages are overwritten', (bytes) => noise(bytes, 8192)],
    ['that was cut to its half', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['that is only a few bytes long', (bytes) => bytes.subarray(0, 100)],
    ['that is another file', () => Buffer.from('some text\n'.repeat(2000))],
  ])('%s is named at start', async (_name, damage) => {
    const dataDir = await filled();
    const file = join(dataDir, 'data/data.mdb');
    writeFileSync(file, damage(readFileSync(file)));
    await expect(startEmbeddedMongo({ dataDir })).rejects.toThrow(`the file ${file} is damaged`);
    // The refused start holds nothing: after a repair the next one succeeds.
    rmSync(join(dataDir, 'data'), { recursive: true });
    await (await startEmbeddedMongo({ dataDir })).stop();
  });
});

/** The database as a process whose files may not grow beyond so many kilobytes, which it meets as it would a full disk. */
async function startLimited(
  dataDir: string,
  kilobytes?: number,
): Promise<{ child: ChildProcess; client: MongoClient }> {
  const main = join(process.env.PARLEY_TEST_BUILD!, 'libs/embedded-mongo/src/main.js');
  const limit = kilobytes === undefined ? '' : `trap '' XFSZ; ulimit -S -f ${kilobytes};`;
  const child = spawn(
    'bash',
    ['-c', `${limit} exec "$0" "$@"`, process.execPath, main, '--port', '0', '--data', dataDir],
    {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  cleanUps.push(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const client = await MongoClient.connect(/mongodb:\/\/\S+/.exec(line)![0]);
  cleanUps.push(() => client.close());
  return { child, client };
}

/** The same database with all the room that it wants; where a limit cannot be taken from a process, another process. */
async function withRoom(dataDir: string, child: ChildProcess, client: MongoClient): Promise<MongoClient> {
  if (spawnSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']).status === 0) return client;
  child.kill('SIGKILL');
  await once(child, 'exit');
  return (await startLimited(dataDir)).client;
}

/** Inserts batches until one is refused; answers how many documents were acknowledged. */
async function fillUp(collection: Collection): Promise<number> {
  for (let i = 0; i < 500; i++) {
    const documents = Array.from({ length: 20 }, () => ({ i, text: 'x'.repeat(1000) }));
    const refused = await collection.insertMany(documents).then(
      () => false,
      () => true,
    );
    if (refused) return i * 20;
  }
  throw new Error('the disk was never full');
}

const countBy = (collection: Collection, hint: Record<string, 1>) =>
  collection.countDocuments({ i: { $gte: 0 } }, { hint });

describe('a full disk', () => {
  it('is an error to the writer, and nothing that was acknowledged is lost', async () => {
    const dataDir = directory();
    const { child, client } = await startLimited(dataDir, 4096);
    const collection = client.db('d').collection('c');
    await collection.createIndex({ i: 1 });
    const acknowledged = await fillUp(collection);
    expect(await countBy(collection, { i: 1 })).toBe(acknowledged);
    const transaction = client.withSession((session) =>
      session.withTransaction(() => collection.insertOne({ i: -1, text: 'x'.repeat(1_000_000) }, { session })),
    );
    await expect(transaction).rejects.toThrow();
    await expect(
      client
        .db('d')
        .collection('new')
        .insertOne({ text: 'x'.repeat(1_000_000) }),
    ).rejects.toThrow();
    expect(await client.db('d').listCollections().map(({ name }) => name).toArray()).toEqual(['c']); // prettier-ignore
    child.kill('SIGKILL');
    await once(child, 'exit');

    const after = (await startLimited(dataDir)).client.db('d').collection('c');
    expect(await countBy(after, { i: 1 })).toBe(acknowledged);
    expect(await after.find().hint({ $natural: 1 }).toArray()).toHaveLength(acknowledged);
    await after.insertOne({ i: 1 });
    expect(await countBy(after, { i: 1 })).toBe(acknowledged + 1);
  });

  it('takes writes again when there is room, and shows nothing that was refused', async () => {
    const dataDir = directory();
    const { child, client } = await startLimited(dataDir, 4096);
    const before = client.db('d').collection<{ _id: string; text?: string }>('c');
    await before.insertOne({ _id: 'kept' });
    const large = { _id: 'refused', text: 'x'.repeat(6_000_000) };
    for (let i = 0; i < 3; i++) await expect(before.insertOne(large)).rejects.toThrow();
    await expect(before.updateOne({ _id: 'kept' }, { $set: { text: large.text } })).rejects.toThrow();
    expect(await before.find().toArray()).toEqual([{ _id: 'kept' }]);
    const after = (await withRoom(dataDir, child, client)).db('d').collection<{ _id: string; text?: string }>('c');
    expect(await after.find().toArray()).toEqual([{ _id: 'kept' }]);
    await after.insertOne({ ...large, _id: 'taken' });
    await after.updateOne({ _id: 'kept' }, { $set: { text: 'short' } });
    expect((await after.find().toArray()).map(({ _id }) => _id)).toEqual(['kept', 'taken']);
    expect(await after.countDocuments({ text: 'short' })).toBe(1);
    expect(await after.estimatedDocumentCount()).toBe(2);
  });
});
