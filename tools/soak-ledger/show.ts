import type { Outcome } from './campaign.js';

/** What a run comes to, in a few lines. */
export function show({ tally, streams, holds, tokensServed, ...sums }: Outcome): string {
  const { charged, uncollected, writtenOff, notCharged, modelWorth, faults } = sums;
  return [
    tally.toString(),
    `streams: ${list(streams)}; holds: ${list(holds)}; at rest after ${sums.restSeconds} s`,
    `the model served ${tokensServed} tokens, worth ${modelWorth} ucr`,
    `charged ${charged} + uncollected ${uncollected} + written off ${writtenOff} + cut off and not charged ${notCharged}`,
    ...faults,
    `${faults.length} mismatches`,
  ].join('\n');
}

const list = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
