import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { readSse, textOf } from '@parley/testing';
import { MongoNetworkError } from 'mongodb';
import type { Connection } from 'mongoose';
import { RecoveryService } from '../src/recovery/recovery.service.js';
import { StreamStore } from '../src/streams/stream-store.js';
import { type ChatHarness, startChat } from './chat-harness.js';

describe('a start that failed between its hold and its beginning', () => {
  let chat: ChatHarness;
  let session: string;

  beforeAll(async () => {
    chat = await startChat();
  });
  beforeEach(async () => {
    session = await chat.createSession();
  });
  afterAll(() => chat.stop());

  const streams = () => chat.app.get<Connection>(getConnectionToken()).collection('chat_streams');
  const recover = async () => {
    await streams().updateOne({ session_id: session, active: true }, { $set: { lease_until: new Date(0) } });
    await chat.app.get(RecoveryService).recoverAbandoned();
  };

  it('may be made again with its Idempotency-Key: it is answered then, and the first hold is given back', async () => {
    const key = { 'idempotency-key': 'again' };
    const asked = chat.model.requests.length;
    jest.spyOn(chat.app.get(StreamStore), 'begin').mockRejectedValueOnce(new MongoNetworkError('gone'));
    const failed = await chat.start(session, undefined, key);
    expect([failed.status, failed.headers.get('retry-after')]).toEqual([503, '2']);
    const first = chat.accounting.callsTo(/POST \/holds$/).at(-1)!.body.hold_id as string;
    await recover();
    expect(chat.accounting.holds.get(first)!.state).toBe('released');
    const answered = await chat.start(session, undefined, key);
    expect(answered.headers.get('x-streaming-session-id')).not.toBe(first);
    expect(textOf(await readSse(answered))).toBe('You said: Hello');
    expect(chat.model.requests.length).toBe(asked + 1);
  });
});
