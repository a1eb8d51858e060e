import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MongoClient } from 'mongodb';
import { FreshServers } from './fresh-server.js';
import { commandMessage, openSocket, RawConnection } from './raw-command.js';

const MEGABYTE = 1024 * 1024;
const cleanUps = new FreshServers();
let pid: number;
let uri: string;
let watcher: RawConnection;

/** The database as a process of its own, whose memory nobody else is in. */
beforeEach(async () => {
  const main = join(process.env.PARLEY_TEST_BUILD!, 'libs/embedded-mongo/src/main.js');
  const child = spawn(process.execPath, [main, '--port', '0', '--data', cleanUps.directory()], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  cleanUps.later(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  pid = child.pid!;
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  uri = /mongodb:\/\/\S+/.exec(line)![0];
  watcher = new RawConnection(uri);
  cleanUps.later(() => watcher.close());
});
afterEach(() => cleanUps.cleanUp());

/** What the process holds, after everybody's bytes had many chances to be taken. */
async function megabytes(): Promise<number> {
  for (let i = 0; i < 100; i++) expect(await watcher.send({ ping: 1, $db: 'd' })).toMatchObject({ ok: 1 });
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return Number(stdout) / 1024;
}

function open(): Socket {
  const socket = openSocket(uri);
  cleanUps.later(() => void socket.destroy());
  return socket;
}

/** Hands bytes over until the other side takes no more of them; answers how many were handed over. */
async function push(socket: Socket, bytes: Buffer, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    if (socket.write(bytes)) continue;
    const drained = await Promise.race([once(socket, 'drain').then(() => true), megabytes().then(() => false)]);
    if (!drained) return;
  }
}

describe('the memory of the database stays where it was', () => {
  it('when a client sends many requests and takes no answer', async () => {
    const client = await MongoClient.connect(uri);
    cleanUps.later(() => client.close());
    await client
      .db('d')
      .collection('c')
      .insertOne({ text: 'x'.repeat(10 * MEGABYTE) });
    const before = await megabytes();
    const deaf = open().pause();
    await push(deaf, commandMessage({ find: 'c', $db: 'd' }), 2000);
    expect((await megabytes()) - before).toBeLessThan(200);
  });

  it('when clients send large messages slowly, byte by byte at their worst', async () => {
    const before = await megabytes();
    const header = Buffer.alloc(16);
    header.writeInt32LE(48_000_000, 0);
    const slow = open().setNoDelay(true);
    slow.write(header);
    for (let i = 0; i < 20_000; i++) if (!slow.write(Buffer.alloc(1))) await once(slow, 'drain');
    const others = [open(), open()];
    for (const socket of others) socket.write(header);
    for (const socket of others) await push(socket, Buffer.alloc(MEGABYTE), 20);
    // Twice what was sent, for the buffers double.
    expect((await megabytes()) - before).toBeLessThan(200);
  });

  it('when a client opens cursors and never reads them to their end', async () => {
    const client = await MongoClient.connect(uri);
    cleanUps.later(() => client.close());
    const documents = Array.from({ length: 200 }, () => ({ text: 'x'.repeat(100_000) }));
    await client.db('d').collection('c').insertMany(documents);
    const before = await megabytes();
    // Each has read two chunks, of which most of the second one is left.
    for (let i = 0; i < 100; i++)
      expect(await watcher.send({ find: 'c', batchSize: 20, projection: { _id: 1 }, $db: 'd' })).toMatchObject({ ok: 1 }); // prettier-ignore
    expect((await megabytes()) - before).toBeLessThan(300);
  });

  it('when hundreds of connections are opened and left alone', async () => {
    const before = await megabytes();
    const sockets = Array.from({ length: 500 }, open);
    for (const socket of sockets) socket.write(commandMessage({ hello: 1, $db: 'admin' }));
    await Promise.all(sockets.map((socket) => once(socket, 'data')));
    expect((await megabytes()) - before).toBeLessThan(100);
    for (const socket of sockets) socket.destroy();
    expect((await megabytes()) - before).toBeLessThan(100);
  });
});
