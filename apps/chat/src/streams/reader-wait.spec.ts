import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ReaderWait } from './reader-wait.js';

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
