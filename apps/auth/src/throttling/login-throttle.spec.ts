import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TestClock } from '@parley/testing';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Device } from '../devices/device.js';
import { Devices } from '../devices/devices.js';
import { Counter } from './counter.js';
import { Counters } from './counters.js';
import { Secrets } from '../secrets/secrets.js';
import { LoginThrottle } from './login-throttle.js';

class CountersInMemory extends Counters {
  of(keyPrefix: string, duration: number): Counter {
    return new Counter(new RateLimiterMemory({ keyPrefix, duration, points: 1 }));
  }
}

const clock = new TestClock();
const throttleOf = (secret: string) => {
  const secrets = new Secrets(secret);
  const devices = new Devices(secrets, clock);
  return { throttle: new LoginThrottle(new CountersInMemory(), secrets, devices), devices };
};
const from = (ipAddress: string, cookie: string | null = null): Device => ({ ipAddress, userAgent: null, cookie });

const minute = 60_000;
const hour = 60 * minute;

describe('LoginThrottle', () => {
  let throttle: LoginThrottle;
  let devices: Devices;
  let looked: number;
  beforeEach(() => {
    jest.useFakeTimers();
    ({ throttle, devices } = throttleOf('a secret of the installation'));
    looked = 0;
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** @returns `right`, `wrong`, or for how many seconds it is refused */
  const attempt = (username: string, ipAddress: string, isRight = false) =>
    attemptOn(from(ipAddress), username, isRight);
  const attemptOn = async (device: Device, username: string, isRight = false): Promise<string | number> => {
    const guess = throttle.guess({ username }, device, `usr_${username}`);
    const check = () => {
      looked++;
      return Promise.resolve(isRight);
    };
    try {
      await throttle.refuseEarly(guess);
      return (await throttle.guard(guess, check)) ? 'right' : 'wrong';
    } catch (error) {
      expect(error).toMatchObject({ code: 'too_many_attempts', status: 429 });
      return (error as { extras: { retryAfterSeconds: number } }).extras.retryAfterSeconds;
    }
  };
  const repeat = async (times: number, one: (n: number) => Promise<string | number>) => {
    const answers = [];
    for (let n = 0; n < times; n++) answers.push(await one(n));
    return answers;
  };
  /** From an address of its own each time, as a botnet comes. */
  const wrong = (times: number, username = 'victim') => repeat(times, (n) => attempt(username, `10.1.${n}.1`));
  const pass = (ms: number) => jest.advanceTimersByTime(ms);

  describe('for one account', () => {
    it('[attack 40] looks at ten wrong passwords, from wherever they come, and refuses the eleventh', async () => {
      expect(await wrong(100)).toEqual([...Array<string>(10).fill('wrong'), ...Array<number>(90).fill(1)]);
      expect(looked).toBe(10);
    });

    it('[attack 40] looks at no more of a hundred that come at once', async () => {
      const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => attempt('victim', `10.1.${n}.1`)));
      expect(answers.filter((answer) => answer === 'wrong')).toHaveLength(10);
      expect(looked).toBe(10);
    });

    it('[attack 40] doubles the wait after each further one, up to a quarter of an hour and no longer', async () => {
      await wrong(10);
      const waits = await repeat(12, async () => {
        const [wait] = await wrong(1);
        pass(Number(wait) * 1_000);
        expect(await wrong(1)).toEqual(['wrong']);
        return wait!;
      });
      expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    });

    it('[attack 42] refuses the right password like a wrong one, without looking at it', async () => {
      await wrong(10);
      expect(await attempt('victim', '10.9.9.9', true)).toBe(1);
      expect(looked).toBe(10);
    });

    it('[attack 40] takes the right one when the wait is over, and forgets the wrong ones', async () => {
      await wrong(10);
      pass(1_000);
      expect(await attempt('victim', '10.9.9.9', true)).toBe('right');
      expect(await wrong(10)).toEqual(Array<string>(10).fill('wrong'));
    });

    it('[attack 40] leaves other accounts alone', async () => {
      await wrong(20);
      expect(await attempt('somebody', '10.0.0.1', true)).toBe('right');
    });

    it('[attack 40] forgets after a day', async () => {
      await wrong(10);
      pass(24 * hour);
      expect(await wrong(11)).toEqual([...Array<string>(10).fill('wrong'), 1]);
    });
  });

  describe('for one address', () => {
    /** Three wrong passwords for each of as many accounts as it takes. */
    const fail = (times: number) => repeat(times, (n) => attempt(`user${Math.floor(n / 3)}`, '10.0.0.1'));

    it('[attack 44] looks at thirty wrong passwords in five minutes, and refuses the next, a right one too', async () => {
      expect(await fail(31)).toEqual([...Array<string>(30).fill('wrong'), 300]);
      expect(await attempt('somebody', '10.0.0.1', true)).toBe(300);
      expect(await attempt('somebody', '10.0.0.2', true)).toBe('right');
      pass(5 * minute);
      expect(await attempt('somebody', '10.0.0.1', true)).toBe('right');
    });

    it('[attack 44] counts no right one, and forgives no wrong one for it', async () => {
      await fail(29);
      expect(await repeat(50, () => attempt('mallory', '10.0.0.1', true))).toEqual(Array<string>(50).fill('right'));
      expect(await attempt('user9', '10.0.0.1')).toBe('wrong');
      expect(await attempt('mallory', '10.0.0.1', true)).toBe(300);
    });

    it('[attack 44] counts nothing for the account when the address is refused', async () => {
      await fail(30);
      await repeat(50, () => attempt('victim', '10.0.0.1'));
      expect(await wrong(10)).toEqual(Array<string>(10).fill('wrong'));
    });
  });

  describe('for many accounts from one address', () => {
    const spray = (times: number, isRight?: boolean) => repeat(times, (n) => attempt(`user${n}`, '10.0.0.1', isRight));

    it('[attack 44] looks at twenty, and refuses the next for an hour', async () => {
      const answers = await spray(1_000);
      expect(answers).toEqual([...Array<string>(20).fill('wrong'), ...Array<number>(980).fill(3_600)]);
      expect(looked).toBe(20);
      pass(hour);
      expect(await attempt('user20', '10.0.0.1')).toBe('wrong');
    });

    it('[attack 44] looks at no more of a thousand that come at once', async () => {
      await Promise.all(Array.from({ length: 1_000 }, (_, n) => attempt(`user${n}`, '10.0.0.1')));
      expect(looked).toBe(20);
    });

    it('[attack 44] still takes the right password of those who were among the twenty, and room for one more comes of it', async () => {
      await spray(20);
      expect(await attempt('user3', '10.0.0.1', true)).toBe('right');
      expect(await attempt('user20', '10.0.0.1')).toBe('wrong');
      expect(await attempt('user21', '10.0.0.1')).toBe(3_600);
    });

    it('[attack 44] does not hurt an office where everybody knows their password', async () => {
      expect(await spray(200, true)).toEqual(Array<string>(200).fill('right'));
    });
  });

  describe('on a device where the account has signed in before', () => {
    const known = (username: string, ipAddress = '10.0.0.7') => {
      const { cookie } = devices.remember(from(ipAddress), `usr_${username}`);
      return from(ipAddress, /^__Host-dc=([^;]+)/.exec(cookie)![1]);
    };

    it('[attack 40] takes the right password at once, however many strangers have guessed, and from their address too', async () => {
      await wrong(100);
      await repeat(40, (n) => attempt(`user${n}`, '10.0.0.7'));
      expect(await attempt('victim', '10.0.0.7', true)).toEqual(expect.any(Number));
      expect(await attemptOn(known('victim'), 'victim', true)).toBe('right');
    });

    it('[attack 40] goes on to keep strangers waiting when its owner has signed in', async () => {
      await wrong(10);
      expect(await attemptOn(known('victim'), 'victim', true)).toBe('right');
      expect(await wrong(1)).toEqual([1]);
    });

    it('[attack 40] looks at ten wrong passwords in a quarter of an hour, which keep no stranger waiting', async () => {
      const device = known('victim');
      const answers = await repeat(12, () => attemptOn(device, 'victim'));
      expect(answers).toEqual([...Array<string>(10).fill('wrong'), 900, 900]);
      expect(await attemptOn(device, 'victim', true)).toBe(900);
      expect(await attempt('victim', '10.9.9.9', true)).toBe('right');
      pass(15 * minute);
      expect(await attemptOn(device, 'victim', true)).toBe('right');
    });

    it('[attack 40] looks at ten of a hundred that come at once', async () => {
      const device = known('victim');
      await Promise.all(Array.from({ length: 100 }, () => attemptOn(device, 'victim')));
      expect(looked).toBe(10);
    });

    it('[attack 40] is a stranger to every other account', async () => {
      await wrong(10);
      expect(await attemptOn(known('mallory'), 'victim', true)).toBe(1);
      const { cookie } = known('victim');
      const changed = `${cookie!.slice(0, -1)}${cookie!.endsWith('A') ? 'B' : 'A'}`;
      expect(await attemptOn(from('10.0.0.7', changed), 'victim', true)).toBe(1);
      expect(await attemptOn(from('10.0.0.7', cookie), 'victim', true)).toBe('right');
    });
  });

  it('[auth G7] forgets the guesses at an account that is unlocked, by both of its names', async () => {
    await wrong(10);
    await wrong(10, 'somebody');
    await throttle.unlock({ email: 'victim@x.com', username: 'victim' });
    expect(await attempt('victim', '10.9.9.9', true)).toBe('right');
    expect(await attempt('somebody', '10.9.9.9', true)).toBe(1);
  });

  it('counts nothing when the password could not be looked at', async () => {
    const guess = throttle.guess({ username: 'victim' }, from('10.0.0.1'), 'usr_victim');
    const broken = () => Promise.reject(new Error('no memory'));
    for (let n = 0; n < 40; n++) await expect(throttle.guard(guess, broken)).rejects.toThrow('no memory');
    expect(await repeat(11, () => attempt('victim', '10.0.0.1'))).toEqual([...Array<string>(10).fill('wrong'), 1]);
  });

  it('stores neither names nor addresses', () => {
    const guess = throttle.guess({ email: 'victim@x.com' }, from('10.0.0.1'), undefined);
    expect(Object.values(guess).join(' ')).toMatch(/^[\w-]{22} [\w-]{22}$/);
    const { throttle: elsewhere } = throttleOf('another secret');
    expect(elsewhere.guess({ email: 'victim@x.com' }, from('10.0.0.1'), undefined)).not.toEqual(guess);
    expect(throttle.guess({ email: 'victim@x.com' }, from('::ffff:10.0.0.1'), undefined)).toEqual(guess);
  });
});
