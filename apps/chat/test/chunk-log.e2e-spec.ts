import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken, getModelToken } from '@nestjs/mongoose';
import { newUuid } from '@parley/platform';
import type { Connection, Model } from 'mongoose';
import { ChunkLog, textOf } from '../src/streams/chunk-log.js';
import { LogExpiry } from '../src/streams/log-expiry.js';
import { LOG_ROWS, type LogRow } from '../src/streams/log-row.schema.js';
import { rowsBetween } from '../src/streams/row-key.js';
import { newStreamId } from '../src/streams/stream.js';
import { STREAMS, type StreamRecord } from '../src/streams/stream.schema.js';
import { StreamStore } from '../src/streams/stream-store.js';
import { type ChatHarness, startChat } from './chat-harness.js';

let chat: ChatHarness;
let log: ChunkLog;
const rows = () => chat.app.get<Connection>(getConnectionToken()).collection('stream_rows');

beforeAll(async () => {
  chat = await startChat();
  log = chat.app.get(ChunkLog);
});
afterAll(() => chat.stop());

const run = (createdAt = Date.now()) => ({ _id: newStreamId(createdAt, newUuid()), epoch: 1 });
const texts = async (id: string, after: number, last: number) =>
  (await log.read(id, after, last)).map(({ text }) => text);

describe('the log of all streams of a process', () => {
  it('writes what waits of all of them in one command', async () => {
    const runs = Array.from({ length: 50 }, () => run());
    for (const each of runs) await log.append(each, 1, ['first']);
    const { collection } = chat.app.get<Model<LogRow>>(getModelToken(LOG_ROWS));
    const inserts = jest.spyOn(collection, 'insertMany');
    await Promise.all(runs.map((each) => log.append(each, 2, ['second ', 'third'])));
    expect(inserts.mock.calls.length).toBeLessThanOrEqual(2);
    inserts.mockRestore();
    for (const each of runs) expect(await log.lastSeq(each._id)).toBe(3);
  });

  it('is read from any chunk on, also in the middle of a row', async () => {
    const { _id, epoch } = run();
    await log.append({ _id, epoch }, 1, ['a', 'b', 'c']);
    await log.append({ _id, epoch }, 4, ['d', 'e']);
    for (const [after, last, expected] of [
      [0, 5, 'abcde'],
      [1, 5, 'bcde'],
      [3, 4, 'd'],
      [4, 5, 'e'],
      [5, 5, ''],
    ] as const)
      expect((await texts(_id, after, last)).join('')).toBe(expected);
    expect((await log.readOn(_id, 3)).map(({ seq }) => seq)).toEqual([4, 5]);
  });

  it('takes the same row twice as one, and no other in its place', async () => {
    const { _id, epoch } = run();
    expect(await log.append({ _id, epoch }, 1, ['own'])).toBe(true);
    expect(await log.append({ _id, epoch }, 1, ['own'])).toBe(true);
    expect(await log.append({ _id, epoch: epoch + 1 }, 1, ['foreign'])).toBe(false);
    expect(await texts(_id, 0, 1)).toEqual(['own']);
  });

  it('[stream 18] takes nothing more of an old process once it is sealed, however often', async () => {
    const { _id, epoch } = run();
    await log.append({ _id, epoch }, 1, ['kept']);
    const sealed = await Promise.all([2, 3, 4].map((later) => log.seal({ _id, epoch: later })));
    expect(sealed.map(textOf)).toEqual(Array.from({ length: 3 }, () => ({ text: 'kept', lastSeq: 1 })));
    expect(await log.append({ _id, epoch }, 2, ['lost'])).toBe(false);
    expect([await log.lastSeq(_id), await rows().countDocuments({ _id: rowsBetween(_id) as never })]).toEqual([1, 2]);
  });

  it('fails one stream alone when its place is taken', async () => {
    const [sealed, other] = [run(), run()];
    await log.seal({ ...sealed, epoch: 2 });
    expect(await Promise.all([log.append(sealed, 1, ['x']), log.append(other, 1, ['y'])])).toEqual([false, true]);
  });

  it('is removed for one stream without the others', async () => {
    const [gone, kept] = [run(), run()];
    for (const each of [gone, kept]) await log.append(each, 1, ['x']);
    await log.remove([gone._id]);
    expect([await log.lastSeq(gone._id), await log.lastSeq(kept._id)]).toEqual([0, 1]);
  });
});

describe('logs that nobody wants any more', () => {
  const hour = 3_600_000;
  const count = ({ _id }: { _id: string }) => rows().countDocuments({ _id: rowsBetween(_id) as never });

  it('are removed 70 minutes after their streams began, unless one of them has not ended', async () => {
    const [old, open, younger, fresh] = [3 * hour, 2.5 * hour, 2 * hour, hour].map((ago) => run(Date.now() - ago));
    for (const each of [old!, open!, younger!, fresh!]) await log.append(each, 1, ['x']);
    const store = chat.app.get(StreamStore);
    const facts = { user_id: 'usr_1', session_id: newUuid(), model: 'm', body_hash: 'h', input_tokens_estimate: 1 };
    await store.reserve({ _id: open!._id, ...facts });
    const streams: Model<StreamRecord> = chat.app.get(getModelToken(STREAMS));
    await streams.updateOne({ _id: open!._id }, { created_at: new Date(Date.now() - 2.5 * hour) });
    await chat.app.get(LogExpiry).sweep();
    expect(await Promise.all([old!, open!, younger!, fresh!].map(count))).toEqual([0, 1, 1, 1]);
    await streams.deleteOne({ _id: open!._id });
    await chat.app.get(LogExpiry).sweep();
    expect(await Promise.all([old!, open!, younger!, fresh!].map(count))).toEqual([0, 0, 0, 1]);
  });
});
