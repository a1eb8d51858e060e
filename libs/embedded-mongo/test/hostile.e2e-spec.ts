import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serialize, type Document } from 'bson';
import fc from 'fast-check';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { startEmbeddedMongo, type EmbeddedMongo } from '../src/index.js';
import { messageOf } from './raw-command.js';

const dataDir = mkdtempSync(join(tmpdir(), 'embedded-mongo-hostile-'));
let server: EmbeddedMongo;
let client: MongoClient;

beforeAll(async () => {
  server = await startEmbeddedMongo({ dataDir });
  client = await MongoClient.connect(server.uri);
  await client.db('d').collection<{ _id: number; n: number }>('c').insertOne({ _id: 1, n: 1 });
});
afterAll(async () => {
  await client.close();
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Sends the bytes and waits until the server is done with the connection. */
async function send(bytes: Buffer): Promise<void> {
  const socket = connect(server.port, server.host);
  socket.on('error', () => undefined);
  socket.resume();
  socket.end(bytes);
  await once(socket, 'close');
}

const LEVEL_BYTES = 7;

/** Documents in documents, so many deep, written by hand: no encoder would go along with it. */
function nested(depth: number): Buffer {
  const body = Buffer.alloc(depth * (LEVEL_BYTES + 1) + 5);
  for (let level = 0; level <= depth; level++) {
    const at = level * LEVEL_BYTES;
    body.writeInt32LE(body.length - level * (LEVEL_BYTES + 1), at);
    if (level < depth) body.set([3, 0x66, 0], at + 4);
  }
  return body;
}

const COMMANDS: Document[] = [
  { find: 'c', filter: { n: { $gte: 1 } }, sort: { n: 1 }, $db: 'd' },
  { insert: 'c', documents: [{ text: 'hello', list: [1, 2, { a: null }] }], $db: 'd' },
  { update: 'c', updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } } }], $db: 'd' },
  { aggregate: 'c', pipeline: [{ $match: { n: 1 } }, { $group: { _id: '$n' } }], cursor: {}, $db: 'd' },
  { createIndexes: 'c', indexes: [{ key: { n: 1 }, name: 'n' }], $db: 'd' },
];

describe('a message that was tampered with', () => {
  it('never ends the process, whichever bytes of it are others', async () => {
    const change = fc.tuple(fc.nat({ max: 200 }), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...COMMANDS),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        async (command, changes) => {
          const message = messageOf(serialize(command));
          for (const [at, value] of changes) message[at % message.length] = value;
          await send(message);
          expect(await client.db('d').command({ ping: 1 })).toMatchObject({ ok: 1 });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never ends the process, wherever it is cut', async () => {
    const message = messageOf(serialize(COMMANDS[1]!));
    for (let length = 0; length < message.length; length += 3) await send(message.subarray(0, length));
    expect(await client.db('d').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('never ends the process, however deep its documents lie in each other', async () => {
    for (const depth of [200, 100_000]) await send(messageOf(nested(depth)));
    expect(await client.db('d').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });
});
