import { describe, expect, it } from '@jest/globals';
import type { HoldRecord } from '../holds/hold.schema.js';
import { whoPaid } from './who-paid.js';

type Ended = Parameters<typeof whoPaid>[0];

const usage = { input_tokens: 10, output_tokens: 20, source: 'provider' } as const;
const failed = (state: HoldRecord['state'], charged_ucr: bigint, of: Partial<Ended> = {}): Ended => ({
  state,
  outcome: 'failed',
  usage,
  charged_ucr,
  uncollected_ucr: 0n,
  ...of,
});

describe('the rule on the receipt of a failed answer', () => {
  it.each([
    ['before any output', failed('settled', 0n, { usage: { ...usage, output_tokens: 0 } }), 0n, 'upstream_error'],
    ['that is not charged', failed('settled', 0n), 0n, 'upstream_error_waived'],
    ['that is charged', failed('settled', 70n), 0n, 'upstream_error_charged'],
    [
      'that nothing was left to charge for',
      failed('settled', 0n, { uncollected_ucr: 70n }),
      0n,
      'upstream_error_charged',
    ],
    ['whose hold had expired uncharged', failed('late', 0n), 0n, 'upstream_error_waived'],
    ['whose hold had expired with a charge', failed('late', 30n), 30n, 'upstream_error_late'],
    ['whose expiry had charged everything', failed('late', 70n), 70n, 'upstream_error_late'],
    ['that is charged beyond its expiry', failed('late', 70n), 30n, 'upstream_error_charged'],
  ] as const)('%s', (_name, hold, atExpiry, rule) => {
    expect(whoPaid(hold, atExpiry)).toBe(rule);
  });
});
