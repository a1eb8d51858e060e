import { beforeAll, describe, expect, it } from '@jest/globals';
import { PasswordsService } from './passwords.service.js';

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

  it('[attack 50] takes 68 of 500 at once, refuses the rest, and goes on afterwards', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 500 }, (_, n) =>
        passwords.matches(undefined, 'wrong', { address: `address ${n}`, account: `account ${n}` }),
      ),
    );
    const refused = attempts.filter((attempt) => attempt.status === 'rejected');
    expect(refused).toHaveLength(500 - 68);
    expect(refused[0]?.reason).toMatchObject({ code: 'password_checks_busy', status: 503 });
    expect(await passwords.matches(undefined, 'wrong')).toBe(false);
  });

  it('lets a guard stand around the check when its turn has come, and refuse it', async () => {
    const hash = await passwords.hash('a password');
    const asker = { address: 'one', account: 'one' };
    expect(await passwords.matches(hash, 'a password', asker, (check) => check())).toBe(true);
    const refusing = passwords.matches(hash, 'a password', asker, () => Promise.reject(new Error('not now')));
    await expect(refusing).rejects.toThrow('not now');
    expect(await passwords.matches(hash, 'a password', asker)).toBe(true);
  });
});
