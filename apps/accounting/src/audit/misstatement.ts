import type { EntryRecord } from '../ledger/ledger-entry.schema.js';
import type { Fault } from './drift.js';

/** How far figures are from what the entries come to. Amounts in micro-credits. */
export interface Deviation {
  balance: bigint;
  held: bigint;
}

/**
 * Consecutive entries that are all off by the same amount: an account that was changed by hand carries its wrong figures on into
 * every entry that follows, above all into the closings of its holds.
 */
export interface Misstatement extends Deviation {
  /** Whether the amounts of the first one are confirmed by its hold; otherwise that entry itself may have been changed. */
  isConfirmed: boolean;
  faults: Fault[];
}

interface Figures {
  balance_ucr: bigint;
  held_ucr: bigint;
}

export const deviation = (said: Figures, right: Figures): Deviation => ({
  balance: said.balance_ucr - right.balance_ucr,
  held: said.held_ucr - right.held_ucr,
});

const isSame = (one: Deviation, other: Deviation): boolean => one.balance === other.balance && one.held === other.held;

/** Whether the account being off by so much explains the whole streak. */
export const isExplainedBy = (streak: Misstatement, account: Deviation): boolean =>
  streak.isConfirmed && isSame(streak, account);

/** How an entry continues the streak of misstated entries before it, or ends it. */
export interface Continued {
  streak: Misstatement | undefined;
  /** Those of a streak that has ended, unless this entry is the repair that explains it. */
  faults: Fault[];
}

/** @param off how far the entry's own figures are from the right ones */
export function continued(
  streak: Misstatement | undefined,
  entry: EntryRecord,
  off: Deviation,
  isConfirmed: boolean,
): Continued {
  const fault: Fault = ['I7', `${entry._id} does not follow from the entry before`];
  if (streak && isSame(streak, off)) return { streak: { ...streak, faults: [...streak.faults, fault] }, faults: [] };
  const repaired = entry.correction && deviation(entry.correction.before, entry.correction.after);
  const isExplained = streak && repaired && isExplainedBy(streak, repaired);
  return {
    streak: isSame(off, nothing) ? undefined : { ...off, isConfirmed, faults: [fault] },
    faults: streak && !isExplained ? streak.faults : [],
  };
}

const nothing: Deviation = { balance: 0n, held: 0n };
