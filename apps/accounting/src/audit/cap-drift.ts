import { allTime, type MemberCapRecord } from '../member-caps/member-cap.schema.js';
import { type Fault, unless } from './drift.js';

/** What the holds that count under a cap come to. Amounts in micro-credits. */
export interface CapUse {
  /** The holds that are open. */
  held: bigint;
  /** What was charged to holds that were made in the cap's window, and so were ended in it. */
  spentAtLeast: bigint;
  /** With holds that were made before it, which may have ended in it. */
  spentAtMost: bigint;
}

/** When a cap's window began; a cap that was never used has none. */
export function windowStart({ window }: Pick<MemberCapRecord, 'window'>): Date | undefined {
  if (window === allTime) return new Date(0);
  const start = new Date(window.length === 'yyyy-mm'.length ? `${window}-01T00:00:00Z` : `${window}T00:00:00Z`);
  return Number.isNaN(start.getTime()) ? undefined : start;
}

export function driftOfCap(cap: MemberCapRecord, use: CapUse): Fault[] {
  const isSpent = use.spentAtLeast <= cap.spent_ucr && cap.spent_ucr <= use.spentAtMost;
  return [
    ...unless(cap.held_ucr === use.held, 'I13', `the cap ${cap._id} holds something else than the open holds`),
    ...unless(isSpent, 'I13', `the cap ${cap._id} has counted something else than was charged`),
  ];
}

/** What a cap should say: the value nearest to what it says now among those it may have counted. */
export function countedAnew(
  { spent_ucr: spent }: MemberCapRecord,
  use: CapUse,
): Pick<MemberCapRecord, 'held_ucr' | 'spent_ucr'> {
  const least = spent < use.spentAtLeast ? use.spentAtLeast : spent;
  return { held_ucr: use.held, spent_ucr: least > use.spentAtMost ? use.spentAtMost : least };
}
