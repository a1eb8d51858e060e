import type { Records } from './records.js';

/** A cap at rest: nothing is held under it, and it has spent what its holds were charged. */
export function faultsOfCaps({ caps, holds }: Records): string[] {
  return caps.flatMap(({ _id, window, spent_ucr: spent, held_ucr: held }) => {
    const counted = holds.filter((hold) => hold.caps?.includes(_id));
    const charged = counted.reduce((sum, { charged_ucr: amount }) => sum + amount, 0n);
    // The count starts again when a month begins; a soak that runs past that moment cannot be compared.
    const isComparable = counted.length === 0 || window === firstWindow;
    return [
      ...(held === 0n ? [] : [`${_id}: ${held} ucr are still held`]),
      ...(isComparable && spent !== charged ? [`${_id}: ${spent} ucr are spent, not ${charged}`] : []),
    ];
  });
}

/** The month in which the soak began. */
const firstWindow = new Date().toISOString().slice(0, '2020-01'.length);
