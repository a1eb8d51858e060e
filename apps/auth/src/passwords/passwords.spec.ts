import { beforeAll, describe, expect, it } from '@jest/globals';
import { PasswordErrors } from './passwords.errors.js';
import { PasswordsService } from './passwords.service.js';
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

describe('PasswordsService', () => {
  const passwords = new PasswordsService();
  beforeAll(() => passwords.onModuleInit());

  it('hashes with argon2id, 19 MiB and two passes, differently each time', async () => {
    const [first, second] = await Promise.all([passwords.hash('a password'), passwords.hash('a password')]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(first).not.toBe(second);
    expect(await passwords.matches(first, 'a password')).toBe(true);
  });

  it('knows a password exactly as it was given', async () => {
    const twin = 'x'.repeat(72);
    const hash = await passwords.hash(`${twin}1`);
    for (const other of [`${twin}2`, `${twin}1 `, ` ${twin}1`, `${twin.toUpperCase()}1`, twin, '']) {
      expect(await passwords.matches(hash, other)).toBe(false);
    }
    for (const odd of ['with a \u0000 inside', '  spaces  ', '🔑🔑🔑', 'ｆｕｌｌ width']) {
      expect(await passwords.matches(await passwords.hash(odd), odd)).toBe(true);
    }
    expect(await passwords.matches(await passwords.hash('ｆｕｌｌ'), 'full')).toBe(false);
  });

  it('does the work for an unknown user too, and never lets them in', async () => {
    expect(await passwords.matches(undefined, 'a password')).toBe(false);
    expect(await passwords.matches(undefined, '')).toBe(false);
  });

  it('takes 68 of 500 at once, refuses the rest, and goes on afterwards', async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 500 }, () => passwords.matches(undefined, 'wrong')));
    const refused = attempts.filter((attempt) => attempt.status === 'rejected');
    expect(refused).toHaveLength(500 - 68);
    expect(refused[0]?.reason).toMatchObject({ code: 'password_checks_busy', status: 503 });
    expect(await passwords.matches(undefined, 'wrong')).toBe(false);
  });
});
