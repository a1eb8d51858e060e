import type { HoldRow } from '../holds/hold.schema.js';

/** The written rule of who pays, as a receipt names it. */
export const payRules = {
  open: 'The answer is still being generated: nothing is charged yet.',
  denied: 'There were not enough credits: nothing was generated, nothing is charged.',
  nothing_generated: 'Nothing was generated: nothing is charged.',
  finished: 'The answer was finished: its usage at the price of its beginning.',
  stopped: 'The answer was stopped by its reader: what had been generated until then.',
  interrupted: 'The answer was interrupted: what had been generated until then.',
  upstream_error: 'The model failed before any output: nothing is charged.',
  upstream_error_waived: 'The model failed after output had come: nothing is charged, the cost is ours.',
  upstream_error_charged: 'The model failed after output had come: what had been generated until then.',
  upstream_error_late:
    'The model failed, and that was told too late: what had been reported until then was charged already.',
  abandoned: 'Nobody reported for too long that the work went on: what had been reported until then.',
} as const;
export type PayRule = keyof typeof payRules;

type Ended = Pick<HoldRow, 'state' | 'outcome' | 'usage' | 'charged_ucr'>;

/** Which rule decided. `writtenOff` is what the closing entry says was not charged. */
export function whoPaid({ state, outcome, usage, charged_ucr }: Ended, writtenOff: bigint): PayRule {
  if (state === 'held') return 'open';
  if (state === 'denied') return 'denied';
  if (state === 'released') return 'nothing_generated';
  if (state === 'expired') return 'abandoned';
  if (outcome === 'failed') {
    if (state === 'late' && charged_ucr > 0n) return 'upstream_error_late';
    if (!usage?.output_tokens) return 'upstream_error';
    return writtenOff > 0n ? 'upstream_error_waived' : 'upstream_error_charged';
  }
  return outcome === 'stopped' || outcome === 'interrupted' ? outcome : 'finished';
}
