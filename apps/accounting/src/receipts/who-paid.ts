import type { HoldRecord } from '../holds/hold.schema.js';

/** The written rule of who pays, as a receipt names it. */
export const payRules = {
  open: 'The answer is still being generated: nothing is charged yet.',
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

type Ended = Pick<HoldRecord, 'state' | 'outcome' | 'usage' | 'charged_ucr' | 'uncollected_ucr'>;

/** Which rule decided. `atExpiry` is what the expiry of the hold had charged, where it expired. */
export function whoPaid(hold: Ended, atExpiry: bigint): PayRule {
  const { state, outcome } = hold;
  if (state === 'held') return 'open';
  if (state === 'released') return 'nothing_generated';
  if (state === 'expired') return 'abandoned';
  if (outcome === 'failed') return whoPaidFailed(hold, atExpiry);
  return outcome === 'stopped' || outcome === 'interrupted' ? outcome : 'finished';
}

function whoPaidFailed(
  { usage, charged_ucr: charged, uncollected_ucr: uncollected }: Ended,
  atExpiry: bigint,
): PayRule {
  if (charged + uncollected > atExpiry) return 'upstream_error_charged';
  if (atExpiry > 0n) return 'upstream_error_late';
  return usage?.output_tokens ? 'upstream_error_waived' : 'upstream_error';
}
