import { describe, expect, it } from '@jest/globals';
import { TestClock } from '@parley/testing';
import type { Connection } from 'mongoose';
import { Readiness } from './readiness.js';
import { ReadinessChecks } from './readiness-checks.js';

/** A database that can be taken away, and how often it was asked. */
const build = () => {
  const database = { pings: 0, isThere: true };
  const ping = () => {
    database.pings++;
    return database.isThere ? Promise.resolve({ ok: 1 }) : Promise.reject(new Error('gone'));
  };
  const clock = new TestClock();
  const checks = new ReadinessChecks();
  const connection = { db: { admin: () => ({ ping }) } } as unknown as Connection;
  return { database, clock, checks, readiness: new Readiness(connection, checks, clock) };
};

describe('Readiness', () => {
  it('[attack 122] asks the database twice a second at most, however many ask', async () => {
    const { database, clock, readiness } = build();
    await Promise.all(Array.from({ length: 100 }, () => readiness.missing()));
    clock.advance(499);
    await readiness.missing();
    expect(database.pings).toBe(1);
    clock.advance(1);
    await readiness.missing();
    expect(database.pings).toBe(2);
  });

  it('knows within half a second that the database is gone, and that it is back', async () => {
    const { database, clock, readiness } = build();
    expect(await readiness.missing()).toEqual([]);
    database.isThere = false;
    clock.advance(500);
    expect(await readiness.missing()).toEqual(['database']);
    database.isThere = true;
    clock.advance(500);
    expect(await readiness.missing()).toEqual([]);
  });

  it('takes what the service itself says at once', async () => {
    const { checks, readiness } = build();
    let isDraining = false;
    checks.register('draining', () => !isDraining);
    expect(await readiness.missing()).toEqual([]);
    isDraining = true;
    expect(await readiness.missing()).toEqual(['draining']);
  });
});
