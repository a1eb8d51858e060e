import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readCursor } from './cursor.js';
import { LiveStream } from './live-stream.js';
import { ReaderWait } from './reader-wait.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { StreamErrors } from '../streams/streams.errors.js';

const id = 'stream-1767225600000-3f2b8c1e-9d4a-4e6b-8a7c-5d1e2f3a4b5c';

describe('readCursor', () => {
  it.each([
    [undefined, undefined, 0],
    ['0', undefined, 0],
    ['17', undefined, 17],
    [undefined, `${id}:5`, 5],
    ['1', `${id}:5`, 5],
    ['3', '', 3],
  ])('after %p and Last-Event-ID %p give %p', (after, lastEventId, seq) => {
    expect(readCursor(id, after, lastEventId)).toBe(seq);
  });

  it.each(['-1', '1.5', '1e3', '', ' 1', '99999999999', 'x'])('refuses %p', (after) => {
    expect(() => readCursor(id, after, undefined)).toThrow(StreamErrors.cursorInvalid());
  });

  it.each([`stream-x:5`, '5', ':5', `${id}`])('refuses the event id %p of another stream', (lastEventId) => {
    expect(() => readCursor(id, undefined, lastEventId)).toThrow(StreamErrors.cursorMismatch());
  });
});

const build = () => new LiveStream({ _id: 'stream-1' } as StreamRecord);

describe('LiveStream', () => {
  it('numbers its chunks and gives everything after a position', () => {
    const stream = build();
    stream.show(['a', 'b']);
    stream.show(['c']);
    expect(stream.lastSeq).toBe(3);
    expect(stream.framesAfter(2)).toBe('id: stream-1:3\nevent: chunk\ndata: {"text":"c","seq":3}\n\n');
    expect(stream.framesAfter(0).match(/^id: .*$/gm)).toEqual(['id: stream-1:1', 'id: stream-1:2', 'id: stream-1:3']);
    expect(stream.framesAfter(3)).toBe('');
  });

  it('tells every watcher of a change, and nobody who has gone', () => {
    const stream = build();
    const told: string[] = [];
    const leave = stream.watch(() => told.push('leaving'));
    stream.watch(() => told.push('staying'));
    stream.show(['a']);
    leave();
    stream.show(['b']);
    stream.end({ _id: 'stream-1', state: 'completed' } as StreamRecord);
    expect(told).toEqual(['leaving', 'staying', 'staying', 'staying']);
    expect([stream.lastSeq, stream.over]).toEqual([2, true]);
  });

  it('sends its readers away when its end cannot be written down', () => {
    const stream = build();
    let wasTold = false;
    stream.watch(() => (wasTold = true));
    stream.lose();
    expect([wasTold, stream.failure?.code]).toEqual([true, 'stream_store_unavailable']);
  });
});

describe('ReaderWait', () => {
  let reader: AbortController;
  let wait: ReaderWait;

  beforeEach(() => {
    jest.useFakeTimers();
    reader = new AbortController();
    wait = new ReaderWait(reader.signal, 1_000);
  });
  afterEach(() => {
    wait.end();
    jest.useRealTimers();
  });

  it('is woken by a change, again and again', async () => {
    for (let n = 0; n < 3; n++) {
      const woken = wait.next();
      wait.change();
      expect(await woken).toBe('changed');
    }
  });

  it('counts the silence from the beginning of each wait', async () => {
    const first = wait.next();
    await jest.advanceTimersByTimeAsync(999);
    wait.change();
    expect(await first).toBe('changed');
    const second = wait.next();
    await jest.advanceTimersByTimeAsync(999);
    wait.change();
    expect(await second).toBe('changed');
    const third = wait.next();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await third).toBe('silent');
    const fourth = wait.next();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await fourth).toBe('silent');
  });

  it('ends when the reader leaves, also for a wait that begins later', async () => {
    const waiting = wait.next();
    reader.abort();
    expect(await waiting).toBe('gone');
    expect(await wait.next()).toBe('gone');
  });

  it('leaves nothing behind', () => {
    wait.end();
    expect(jest.getTimerCount()).toBe(0);
    reader.abort();
    wait.change();
  });
});
