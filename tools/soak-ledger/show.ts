import type { Outcome } from './campaign.js';

/** What a run comes to, in a few lines. */
export function show({ tally, streams, tokensServed, ...sums }: Outcome): string {
  const states = Object.entries(streams).map(([state, count]) => `${count} ${state}`);
  const { charged, uncollected, writtenOff, notCharged, modelWorth, faults } = sums;
  return [
    tally.toString(),
    `streams: ${states.join(', ')}`,
    `the model served ${tokensServed} tokens, worth ${modelWorth} ucr`,
    `charged ${charged} + uncollected ${uncollected} + written off ${writtenOff} + cut off and not charged ${notCharged}`,
    ...faults,
    `${faults.length} mismatches`,
  ].join('\n');
}
