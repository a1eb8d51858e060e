import { describe, expect, it } from '@jest/globals';
import type { Asker } from './line.js';
import { PasswordErrors } from './passwords.errors.js';
import { WorkQueue } from './work-queue.js';

const settle = () => new Promise((resolve) => setImmediate(resolve));
const from = (address: string, account = `user at ${address}`): Asker => ({ address, account });

/** A queue of two at once, and its jobs, each ended by hand. */
const build = (bounds: Partial<{ total: number; perAddress: number; perAccount: number }> = {}) => {
  const waiting = { total: 64, perAddress: 32, perAccount: 16, ...bounds };
  const queue = new WorkQueue(2, waiting, PasswordErrors.busy);
  const jobs: Array<{ asker: Asker; end: () => void; fail: (error: Error) => void }> = [];
  const turnedAway: Asker[] = [];
  const add = (asker: Asker) =>
    queue.run(asker, () => new Promise<void>((end, fail) => jobs.push({ asker, end, fail })));
  /** Asks without caring for the answer, as a flood does. */
  const flood = (asker: Asker, times = 1) => {
    for (let n = 0; n < times; n++) add(asker).catch(() => turnedAway.push(asker));
  };
  /** Ends the jobs that run, one after another, and tells in which order all that waited had their turns. */
  const drain = async () => {
    const before = jobs.length;
    for (let done = 0; done < jobs.length; done++) {
      jobs[done]!.end();
      await settle();
    }
    return jobs.slice(before).map(({ asker }) => asker.account);
  };
  return { add, flood, drain, jobs, turnedAway };
};

describe('WorkQueue', () => {
  it('runs so many at once, lets so many wait, and refuses the rest', async () => {
    const { add, jobs, drain } = build({ total: 3 });
    const running = ['a', 'b', 'c', 'd', 'e'].map((address) => add(from(address)));
    await expect(add(from('f'))).rejects.toMatchObject({
      code: 'password_checks_busy',
      status: 503,
      extras: { retryAfterSeconds: 1 },
    });
    expect(jobs).toHaveLength(2);
    expect(await drain()).toEqual(['user at c', 'user at d', 'user at e']);
    await Promise.all(running);
    void add(from('a'));
    void add(from('b'));
    void add(from('c'));
    await settle();
    expect(jobs).toHaveLength(7);
  });

  it('gives the place of a job that fails to the next', async () => {
    const { add, jobs } = build();
    const [first, , third] = [add(from('a')), add(from('b')), add(from('c'))];
    jobs[0]!.fail(new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    await settle();
    jobs[2]!.end();
    await third;
  });

  it('lets addresses take turns, however many of one wait', async () => {
    const { flood, drain } = build();
    flood(from('flood'), 8);
    flood(from('ann'));
    flood(from('bob'));
    const flooder = 'user at flood';
    expect(await drain()).toEqual([flooder, 'user at ann', 'user at bob', ...Array<string>(5).fill(flooder)]);
  });

  it('lets the accounts of an address take turns', async () => {
    const { flood, drain } = build();
    flood(from('office', 'mallory'), 6);
    flood(from('office', 'ann'));
    flood(from('office', 'bob'));
    expect(await drain()).toEqual(['mallory', 'ann', 'bob', 'mallory', 'mallory', 'mallory']);
  });

  describe('when 90 connections flood it', () => {
    const honest = Array.from({ length: 5 }, (_, n) => from(`home ${n}`));

    it.each<[string, (n: number) => Asker]>([
      ['from one address, at one account', () => from('flood', 'victim')],
      ['from one address, at 90 accounts', (n) => from('flood', `account ${n}`)],
      ['from three addresses, at 90 accounts', (n) => from(`flood ${n % 3}`, `account ${n}`)],
      ['from thirty addresses, at 90 accounts', (n) => from(`flood ${n % 30}`, `account ${n}`)],
    ])('[attack 50] serves everybody else: %s', async (_how, flooder) => {
      const { add, flood, drain, turnedAway } = build();
      const wave = () => Array.from({ length: 90 }, (_, n) => flood(flooder(n)));
      for (let round = 0; round < 5; round++) {
        wave();
        const served = Promise.all(honest.map(add));
        wave();
        const order = await drain();
        await served;
        const lastHonest = Math.max(...honest.map(({ account }) => order.lastIndexOf(account)));
        expect(lastHonest).toBeLessThan(45);
      }
      expect(turnedAway.length).toBeGreaterThan(5 * 90);
    });

    it('[attack 50] serves the others of the same address too', async () => {
      const { add, flood, drain } = build();
      flood(from('office', 'victim'), 90);
      const served = Promise.all(['ann', 'bob'].map((account) => add(from('office', account))));
      expect((await drain()).slice(0, 3)).toEqual(['victim', 'ann', 'bob']);
      await served;
    });
  });

  describe('where there is no room', () => {
    it('turns the newest of the fullest address away for one who has less', async () => {
      const { add, flood, drain, turnedAway } = build({ total: 4 });
      flood(from('running'), 2);
      flood(from('flood'), 4);
      const served = add(from('ann'));
      await settle();
      expect(turnedAway).toEqual([from('flood')]);
      expect(await drain()).toEqual(['user at flood', 'user at ann', 'user at flood', 'user at flood']);
      await served;
    });

    it('turns nobody away for one who has as many', async () => {
      const { add, flood, turnedAway } = build({ total: 4 });
      flood(from('running'), 2);
      for (const address of ['a', 'b', 'c', 'd']) flood(from(address));
      await expect(add(from('e'))).rejects.toMatchObject({ code: 'password_checks_busy' });
      await expect(add(from('a'))).rejects.toMatchObject({ code: 'password_checks_busy' });
      expect(turnedAway).toEqual([]);
    });

    it('keeps the bounds of an address and of an account', async () => {
      const { flood, drain, turnedAway } = build({ perAddress: 3, perAccount: 2 });
      flood(from('running'), 2);
      for (const address of ['a', 'b', 'c']) flood(from(address, 'victim'));
      for (const account of ['x', 'y', 'z', 'w']) flood(from('flood', account));
      await settle();
      expect(turnedAway).toEqual([from('c', 'victim'), from('flood', 'w')]);
      expect(await drain()).toEqual(['victim', 'victim', 'x', 'y', 'z']);
    });

    it('goes on after a whole account had to give way', async () => {
      const { add, flood, drain } = build({ total: 3 });
      flood(from('running'), 2);
      for (const account of ['x', 'y', 'z']) flood(from('flood', account));
      const served = add(from('ann'));
      expect(await drain()).toHaveLength(3);
      await served;
    });
  });
});
