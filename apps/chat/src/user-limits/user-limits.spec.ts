import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { UserLimitsService } from './user-limits.service.js';

describe('UserLimitsService', () => {
  let limits: UserLimitsService;

  beforeEach(() => {
    jest.useFakeTimers();
    limits = new UserLimitsService();
  });
  afterEach(() => void jest.useRealTimers());

  const times = async (count: number, work: () => Promise<void>) => {
    for (let n = 0; n < count; n++) await work();
  };

  it('lets a user begin 600 answers in a minute, and others as many', async () => {
    await times(600, () => limits.countStart('usr_1'));
    await expect(limits.countStart('usr_1')).rejects.toMatchObject({ status: 429, code: 'too_many_streams' });
    await limits.countStart('usr_2');
  });

  it('[attack 116] lets starts be refused 30 times in a minute, and then asks nobody any more', async () => {
    await times(31, async () => {
      await limits.countStart('usr_1');
      await limits.countRefusedStart('usr_1');
    });
    await expect(limits.countStart('usr_1')).rejects.toMatchObject({
      code: 'too_many_streams',
      extras: { retryAfterSeconds: 60 },
    });
    jest.advanceTimersByTime(60_000);
    await limits.countStart('usr_1');
  });

  it('lets a user begin 120 conversations in a minute', async () => {
    await times(120, () => limits.countNewSession('usr_1'));
    await expect(limits.countNewSession('usr_1')).rejects.toMatchObject({ status: 429, code: 'too_many_sessions' });
    jest.advanceTimersByTime(60_000);
    await limits.countNewSession('usr_1');
  });
});
