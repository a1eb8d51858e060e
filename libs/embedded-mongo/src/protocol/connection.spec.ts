import { describe, expect, it } from '@jest/globals';
import { serialize } from 'bson';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { silentLog } from '../log.js';
import type { Server } from '../server.js';
import { Connection } from './connection.js';

const OP_MSG = 2013;
const MEGABYTE = 1024 * 1024;

/** A socket whose client takes an answer only when it is told to. */
class SlowSocket extends Duplex {
  answers = 0;
  private taken: () => void = () => undefined;

  constructor() {
    super({ highWaterMark: 1 });
  }

  setNoDelay(): void {
    // The real one has it.
  }

  override _read(): void {
    // What comes is pushed by the test.
  }

  override _write(_answer: Buffer, _encoding: BufferEncoding, taken: () => void): void {
    this.answers++;
    this.taken = taken;
  }

  takeAnswer(): void {
    this.taken();
  }

  arrive(bytes: Buffer): void {
    this.push(bytes);
  }
}

/** A server that knows no command: what it answers does not matter here. */
const server = { log: silentLog, failPoints: undefined } as unknown as Server;

function request(bytes = 0): Buffer {
  const body = serialize({ unknown: 'x'.repeat(bytes), $db: 'd' });
  const message = Buffer.alloc(21 + body.length);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(OP_MSG, 12);
  message.set(body, 21);
  return message;
}

const open = () => {
  const socket = new SlowSocket();
  const connection = new Connection(socket as unknown as Socket, server);
  return { socket, connection };
};

/** Long enough for everything that waits for nobody. */
const turns = async () => {
  for (let i = 0; i < 20; i++) await turn();
};

describe('a client that does not take its answers', () => {
  it('is asked for nothing more until it takes them', async () => {
    const { socket } = open();
    for (let i = 0; i < 3; i++) socket.arrive(request());
    await turns();
    expect(socket.answers).toBe(1);
    socket.takeAnswer();
    await turns();
    expect(socket.answers).toBe(2);
    socket.takeAnswer();
    await turns();
    expect(socket.answers).toBe(3);
  });

  it('is not read from beyond one more megabyte', async () => {
    const { socket } = open();
    for (let i = 0; i < 20; i++) socket.arrive(request(MEGABYTE));
    await turns();
    expect(socket.isPaused()).toBe(true);
    expect(socket.readableLength).toBeGreaterThan(15 * MEGABYTE);
    for (let i = 0; i < 20; i++) {
      socket.takeAnswer();
      await turns();
    }
    expect(socket.answers).toBe(20);
    expect(socket.readableLength).toBe(0);
  });

  it('is forgotten when it goes', async () => {
    const { socket, connection } = open();
    socket.arrive(Buffer.concat([request(), request()]));
    await turns();
    socket.destroy();
    if (!socket.closed) await once(socket, 'close');
    await turns();
    expect([connection.closed, socket.answers]).toEqual([true, 1]);
  });
});

describe('a message in pieces', () => {
  it.each([1, 7, 100])('of %i bytes is read as a whole', async (piece) => {
    const { socket } = open();
    const bytes = Buffer.concat([request(1000), request(10), request(3000)]);
    for (let at = 0; at < bytes.length; at += piece) socket.arrive(bytes.subarray(at, at + piece));
    for (let answered = 1; answered <= 3; answered++) {
      await turns();
      expect(socket.answers).toBe(answered);
      socket.takeAnswer();
    }
  });
});
