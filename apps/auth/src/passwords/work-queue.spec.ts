import { describe, expect, it } from '@jest/globals';
import { PasswordErrors } from './passwords.errors.js';
import { WorkQueue } from './work-queue.js';

describe('WorkQueue', () => {
  /** A queue of two at once and three waiting, and its jobs, each ended by hand. */
  const build = () => {
    const queue = new WorkQueue(2, 3, PasswordErrors.busy);
    const jobs: Array<{ end: () => void; fail: (error: Error) => void }> = [];
    const add = () => queue.run(() => new Promise<void>((end, fail) => jobs.push({ end, fail })));
    return { jobs, add };
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it('runs so many at once, lets so many wait, and refuses the rest', async () => {
    const { jobs, add } = build();
    const running = Array.from({ length: 5 }, add);
    await expect(add()).rejects.toMatchObject({
      code: 'password_checks_busy',
      status: 503,
      extras: { retryAfterSeconds: 1 },
    });
    expect(jobs).toHaveLength(2);
    for (let done = 0; done < 5; done++) {
      jobs[done]!.end();
      await settle();
      expect(jobs).toHaveLength(Math.min(done + 3, 5));
    }
    await Promise.all(running);
    void add();
    void add();
    void add();
    await settle();
    expect(jobs).toHaveLength(7);
  });

  it('gives the place of a job that fails to the next', async () => {
    const { jobs, add } = build();
    const [first, , third] = [add(), add(), add()];
    jobs[0]!.fail(new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    await settle();
    jobs[2]!.end();
    await third;
  });
});
