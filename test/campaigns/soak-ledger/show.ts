import type { Outcome } from './campaign.js';

/** The result of a run in a few lines. */
export function show({ tally, streams, holds, tokensServed, rare, ...sums }: Outcome): string {
  const { charged, uncollected, writtenOff, notCharged, modelWorth, faults } = sums;
  return [
    tally.toString(),
    ...Object.entries(rare).map(([path, count]) => `${String(count).padStart(7)} ${path}`),
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

/** A run of this length must take every path; about one that it did not take it has shown nothing. */
const longMinutes = 2;

/** @returns one sentence for each of the rare paths that a long run never took */
export function neverTaken(rare: Outcome['rare'], minutes: number): string[] {
  if (minutes < longMinutes) return [];
  return Object.entries(rare).flatMap(([path, count]) => (count === 0 ? [`never reached: ${path}`] : []));
}
