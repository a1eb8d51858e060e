import { describe, expect, it } from '@jest/globals';
import { type Cadence, refillPeriod } from './refill-period.js';

describe('the period of a refill', () => {
  it.each<[Cadence, now: string, begins: string]>([
    [{ period: 'day' }, '2026-01-15T00:00:00.000Z', '2026-01-15'],
    [{ period: 'day' }, '2026-01-15T23:59:59.999Z', '2026-01-15'],
    [{ period: 'week', day: 1 }, '2026-01-15T12:00:00.000Z', '2026-01-12'],
    [{ period: 'week', day: 4 }, '2026-01-15T00:00:00.000Z', '2026-01-15'],
    [{ period: 'week', day: 5 }, '2026-01-15T12:00:00.000Z', '2026-01-09'],
    [{ period: 'week', day: 7 }, '2026-01-01T12:00:00.000Z', '2025-12-28'],
    [{ period: 'month', day: 1 }, '2026-01-15T12:00:00.000Z', '2026-01-01'],
    [{ period: 'month', day: 15 }, '2026-01-15T00:00:00.000Z', '2026-01-15'],
    [{ period: 'month', day: 16 }, '2026-01-15T12:00:00.000Z', '2025-12-16'],
    [{ period: 'month', day: 31 }, '2026-02-28T00:00:00.000Z', '2026-02-28'],
    [{ period: 'month', day: 31 }, '2026-02-27T23:00:00.000Z', '2026-01-31'],
    [{ period: 'month', day: 31 }, '2026-03-30T23:00:00.000Z', '2026-02-28'],
    [{ period: 'month', day: 30 }, '2028-02-29T00:00:00.000Z', '2028-02-29'],
  ])('%j at %s is the one that began on %s', (cadence, now, begins) => {
    const { name, startsAt } = refillPeriod(cadence, new Date(now));
    expect([name, startsAt.toISOString()]).toEqual([begins, `${begins}T00:00:00.000Z`]);
  });
});
