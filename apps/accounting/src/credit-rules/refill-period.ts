export const refillPeriods = ['day', 'week', 'month'] as const;

/** When a refill comes again. All days are days by UTC. */
export interface Cadence {
  period: (typeof refillPeriods)[number];
  /** Of a week 1 (Monday, ISO 8601) to 7, of a month 1 to 31; a month that has no such day begins on its last one. */
  day?: number | undefined;
}

export interface RefillPeriod {
  /** The day on which it began, as in 2026-01-31: later periods have greater names. */
  name: string;
  startsAt: Date;
}

const dayMs = 86_400_000;

/** The period that now is in. */
export function refillPeriod(cadence: Cadence, now: Date): RefillPeriod {
  const startsAt = new Date(beginning(cadence, Math.floor(now.getTime() / dayMs) * dayMs));
  return { name: startsAt.toISOString().slice(0, 'yyyy-mm-dd'.length), startsAt };
}

function beginning({ period, day = 1 }: Cadence, today: number): number {
  if (period === 'day') return today;
  if (period === 'week') {
    const weekday = new Date(today).getUTCDay() || 7;
    return today - ((weekday - day + 7) % 7) * dayMs;
  }
  const date = new Date(today);
  const inThisMonth = dayOfMonth(date.getUTCFullYear(), date.getUTCMonth(), day);
  return inThisMonth <= today ? inThisMonth : dayOfMonth(date.getUTCFullYear(), date.getUTCMonth() - 1, day);
}

function dayOfMonth(year: number, month: number, day: number): number {
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(day, last));
}
