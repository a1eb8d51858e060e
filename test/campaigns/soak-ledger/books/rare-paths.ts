import type { Records } from './records.js';
import type { Tally } from './tally.js';

/** How often a soak took the paths that are rarely taken, which is what it is for. */
export function rarePaths(tally: Tally, { streams, holds, entries }: Records): Record<string, number> {
  const entriesOf = (type: string) => entries.filter((entry) => entry.type === type).length;
  const endedFor = (reason: string) => streams.filter(({ finish_reason }) => finish_reason === reason).length;
  const onPool = holds.filter(({ account_id: id }) => id.startsWith('org:'));
  return {
    'late settlements': entriesOf('late'),
    'expired holds': entriesOf('expire'),
    'top-ups of holds': entriesOf('top_up'),
    'denied top-ups': tally.count(/^progress 402 top_up_denied/),
    'holds denied for want of credits': tally.count(/^hold 402 insufficient_credits/),
    'caps reached at the start': tally.count(/^hold 402 member_cap_reached/),
    'caps reached at a top-up': tally.count(/^progress 402 member_cap_reached/),
    'holds on a pool': onPool.length,
    'late settlements on a pool': onPool.filter(({ state }) => state === 'late').length,
    'answers ended for want of credits': endedFor('credits'),
    'answers after a top-up': tally.goneOn,
    refunds: tally.refunds,
    adjustments: tally.adjustments,
    'corrections refused': tally.correctionsRefused,
    replays: tally.count(/ replayed$/),
    'answers 503': tally.count(/ 503 /),
    'cuts between chat and accounting': tally.cutOffs,
    'kills of the database': tally.databaseKills,
    'sound reconciliations': tally.soundRuns,
  };
}
