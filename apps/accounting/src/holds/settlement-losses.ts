import { Injectable } from '@nestjs/common';
import { Metrics } from '@parley/platform';
import type { HoldRecord } from './hold.schema.js';

const kinds = { settled: 'in_time', late: 'late' } as const;
const losses = ['uncollected', 'uncollected_late', 'written_off'] as const;

/** Counts what this process has settled and what of it nobody pays. The books are the record; this is for whoever watches. */
@Injectable()
export class SettlementLosses {
  private readonly settlements;
  private readonly lost;

  constructor(metrics: Metrics) {
    this.settlements = metrics.counter(
      'ledger_settlements_total',
      'Settlements by kind: in_time, or late when the hold had expired before.',
      ['kind'],
    );
    this.lost = metrics.counter(
      'ledger_lost_ucr_total',
      'Micro-credits that work has cost and nobody was charged, by kind: uncollected and uncollected_late where a settlement ' +
        'could not take all, written_off where the model had failed.',
      ['kind'],
    );
    for (const kind of Object.values(kinds)) this.settlements.inc({ kind }, 0);
    for (const kind of losses) this.lost.inc({ kind }, 0);
  }

  /** To be called once for each settlement that is committed. */
  count({ state, uncollected_ucr: uncollected }: HoldRecord, writtenOff: bigint): void {
    const kind = state === 'late' ? 'late' : 'settled';
    this.settlements.inc({ kind: kinds[kind] });
    this.lost.inc({ kind: kind === 'late' ? 'uncollected_late' : 'uncollected' }, Number(uncollected));
    this.lost.inc({ kind: 'written_off' }, Number(writtenOff));
  }
}
