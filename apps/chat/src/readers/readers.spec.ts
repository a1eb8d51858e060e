import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AuthErrors, type PermissionSource, Revocations, type UserPrincipal } from '@parley/auth';
import type { DomainError } from '@parley/platform';
import { buildUser } from '@parley/testing';
import { readCursor } from './cursor.js';
import { LiveStream } from './live-stream.js';
import { ReaderWait } from './reader-wait.js';
import { MemoryStreamSignals } from '../signals/memory.stream-signals.js';
import type { ChunkLog } from '../streams/chunk-log.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import type { StreamStore } from '../streams/stream-store.js';
import { StoredStream } from './stored-stream.js';
import { ReaderErrors } from './readers.errors.js';
import { RightsWatch } from './rights-watch.js';
import { sseRenderer } from './sse-renderer.js';

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
    expect(() => readCursor(id, after, undefined)).toThrow(ReaderErrors.cursorInvalid());
  });

  it.each([`stream-x:5`, '5', ':5', `${id}`])('refuses the event id %p of another stream', (lastEventId) => {
    expect(() => readCursor(id, undefined, lastEventId)).toThrow(ReaderErrors.cursorMismatch());
  });
});

const build = () => new LiveStream({ _id: 'stream-1' } as StreamRecord);

describe('LiveStream', () => {
  it('numbers its chunks from 1', () => {
    const stream = build();
    stream.show(['a', 'b']);
    stream.show(['c']);
    expect(stream.lastSeq).toBe(3);
    expect([1, 2, 3].map((seq) => stream.textAt(seq))).toEqual(['a', 'b', 'c']);
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

describe('sseRenderer', () => {
  it('renders what is visible after a position', () => {
    const stream = build();
    stream.show(['a', 'b', 'c']);
    expect(sseRenderer.chunks(stream, 2)).toBe('id: stream-1:3\nevent: chunk\ndata: {"text":"c","seq":3}\n\n');
    const all = sseRenderer.chunks(stream, 0);
    expect(all.match(/^id: .*$/gm)).toEqual(['id: stream-1:1', 'id: stream-1:2', 'id: stream-1:3']);
    expect(sseRenderer.chunks(stream, 3)).toBe('');
  });

  it('renders anew for a reader who is elsewhere, and when more is visible', () => {
    const stream = build();
    stream.show(['a', 'b']);
    const both = sseRenderer.chunks(stream, 0);
    expect(sseRenderer.chunks(stream, 1)).not.toBe(both);
    expect(sseRenderer.chunks(stream, 0)).toBe(both);
    stream.show(['c']);
    expect(sseRenderer.chunks(stream, 0)).toBe(both + sseRenderer.chunks(stream, 2));
  });

  it('does not mix the streams up', () => {
    const [one, other] = [build(), new LiveStream({ _id: 'stream-2' } as StreamRecord)];
    one.show(['a']);
    other.show(['a']);
    expect([one, other].map((stream) => sseRenderer.chunks(stream, 0).slice(0, 14))).toEqual([
      'id: stream-1:1',
      'id: stream-2:1',
    ]);
  });
});

describe('StoredStream', () => {
  /** A stream that another process generates, as the database has it. */
  const elsewhere = (chunks: number) => {
    const stored = { _id: 'stream-1', state: 'streaming', last_seq: 0 } as StreamRecord;
    const log = { chunks };
    const between = (after: number, last: number) =>
      Promise.resolve(Array.from({ length: last - after }, (_, index) => ({ seq: after + index + 1, text: 'x' })));
    const chunkLog = {
      read: (_: string, after: number, last: number) => between(after, last),
      readOn: (_: string, after: number) => between(after, log.chunks),
      lastSeq: () => Promise.resolve(log.chunks),
    } as unknown as ChunkLog;
    const signals = new MemoryStreamSignals();
    const store = { find: () => Promise.resolve({ ...stored }) } as unknown as StreamStore;
    return { stored, log, signals, parts: { store, signals, chunkLog } };
  };

  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('is read again at once when its process signals new rows', async () => {
    const { stored, log, signals, parts } = elsewhere(1);
    const stream = new StoredStream(stored, parts);
    await stream.open(stored, 0);
    const changed = new Promise<void>((resolve) => stream.watch(resolve));
    log.chunks = 3;
    signals.send('rows', 'stream-1');
    await changed;
    expect([stream.lastSeq, stream.textAt(3)]).toEqual([3, 'x']);
  });

  it('is read again after a while when no signal comes, and never again when its reader has left', async () => {
    const { stored, log, parts } = elsewhere(1);
    const stream = new StoredStream(stored, parts);
    await stream.open(stored, 0);
    const leave = stream.watch(() => undefined);
    log.chunks = 2;
    await jest.advanceTimersByTimeAsync(300);
    expect(stream.lastSeq).toBe(2);
    leave();
    log.chunks = 3;
    await jest.advanceTimersByTimeAsync(60_000);
    expect([stream.lastSeq, jest.getTimerCount()]).toEqual([2, 0]);
  });

  it('is over when its record says so, with all that the record counts', async () => {
    const { stored, log, parts } = elsewhere(1);
    const stream = new StoredStream({ ...stored }, parts);
    await stream.open({ ...stored }, 0);
    log.chunks = 4;
    const changed = new Promise<void>((resolve) => stream.watch(resolve));
    Object.assign(stored, { state: 'interrupted', last_seq: 4 });
    await jest.advanceTimersByTimeAsync(300);
    await changed;
    expect([stream.lastSeq, stream.over, stream.textAt(4)]).toEqual([4, true, 'x']);
  });
});

describe('RightsWatch', () => {
  const user = buildUser();
  const build = (allows: (of: UserPrincipal) => Promise<boolean>, successor?: string) => {
    const lost = jest.fn();
    const grantsOf = () => Promise.resolve(successor === undefined ? {} : { successor_id: successor });
    const permissions = { allows, grantsOf } as unknown as PermissionSource;
    const [signals, revocations] = [new MemoryStreamSignals(), new Revocations()];
    const watch = new RightsWatch({ permissions, signals, revocations }, user, lost);
    return { watch, lost, revocations, signals };
  };

  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('[stream 24] looks by elapsed time, however busy the stream is', async () => {
    let isAllowed = true;
    const { watch, lost } = build(() => Promise.resolve(isAllowed));
    await jest.advanceTimersByTimeAsync(30_000);
    expect(lost).not.toHaveBeenCalled();
    isAllowed = false;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(lost).toHaveBeenCalledTimes(1);
    watch.end();
  });

  it('takes an account that auth no longer knows for one without rights, and trouble for nothing', async () => {
    let answer: () => DomainError = AuthErrors.keysUnavailable;
    const { watch, lost } = build(() => Promise.reject(answer()));
    await jest.advanceTimersByTimeAsync(10_000);
    expect(lost).not.toHaveBeenCalled();
    answer = AuthErrors.accountDisabled;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(lost).toHaveBeenCalledTimes(1);
    watch.end();
  });

  it('knows at the signal that the login session of its reader has ended', async () => {
    const { watch, lost, revocations, signals } = build(() => Promise.resolve(true));
    revocations.apply([{ id: 'sev_1', at: 1, type: 'session-revoked', sid: user.loginSessionId }]);
    signals.send('rights_lost', user.loginSessionId);
    await jest.advanceTimersByTimeAsync(0);
    expect(lost).toHaveBeenCalledTimes(1);
    watch.end();
  });

  it.each([
    ['goes on for a visitor who has become a user that may stream', 'usr_2', 0],
    ['ends for one who has become a user that may not', 'usr_3', 1],
  ])('%s', async (_what, successor, times) => {
    const { watch, lost } = build(({ userId }) => Promise.resolve(userId === 'usr_2'), successor);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(lost).toHaveBeenCalledTimes(times);
    watch.end();
  });

  it('ends with its reader', () => {
    build(() => Promise.resolve(true)).watch.end();
    expect(jest.getTimerCount()).toBe(0);
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
