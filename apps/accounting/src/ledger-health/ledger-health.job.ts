import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Metrics, PeriodicJobs } from '@parley/platform';
import { Gauge } from 'prom-client';
import { LedgerHealthService } from './ledger-health.service.js';

const measureEveryMs = 15_000;

/** Keeps the measurements of the ledger's health. Anybody may scrape them, so a scrape itself asks the database nothing. */
@Injectable()
export class LedgerHealthJob implements OnApplicationBootstrap {
  private readonly gauges;

  constructor(
    private readonly jobs: PeriodicJobs,
    private readonly health: LedgerHealthService,
    { registry }: Metrics,
  ) {
    const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [registry] });
    this.gauges = {
      overdueHolds: gauge('ledger_overdue_holds', 'Holds past their end that are not ended yet.'),
      oldestOverdueSeconds: gauge('ledger_oldest_overdue_seconds', 'For how long the oldest of them is overdue.'),
      frozenAccounts: gauge('ledger_frozen_accounts', 'Accounts that are frozen, most of them by drift.'),
      drift: gauge('ledger_drift', 'What the last runs have found and nobody has put right.'),
    };
    this.forget();
  }

  onApplicationBootstrap(): void {
    this.jobs.everyAndNow(measureEveryMs, 'measure', () => this.measure());
  }

  /** @throws what the database does, after which nothing counts as known */
  async measure(): Promise<void> {
    try {
      const state = await this.health.read();
      for (const name of Object.keys(this.gauges) as (keyof typeof this.gauges)[]) this.gauges[name].set(state[name]);
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  private forget(): void {
    for (const gauge of Object.values(this.gauges)) gauge.set(Number.NaN);
  }
}
