import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, type Logger, Metrics } from '@parley/platform';
import { allAccounts, type Drift } from '../audit/drift.js';
import { AccountsService } from '../ledger/accounts.service.js';
import { LedgerAuditService, type Reading } from './ledger-audit.service.js';
import { Pulse } from './pulse.js';
import type { ReconRunRecord, RunScope } from './recon-run.schema.js';
import { type Found, ReconRunsService } from './recon-runs.service.js';

/** How far each run looks back before the last one: clocks differ, and commits take time. */
const overlapMs = 15 * 60_000;

/** Compares the books and freezes the accounts that do not add up. It never repairs anything. */
@Injectable()
export class ReconciliationService implements OnModuleDestroy {
  private working: Promise<void> = Promise.resolve();
  private isStopping = false;
  private readonly found;

  constructor(
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly runs: ReconRunsService,
    private readonly audit: LedgerAuditService,
    private readonly accounts: AccountsService,
    metrics: Metrics,
  ) {
    this.found = metrics.counter('ledger_drift_total', 'What reconciliations have found not to add up.', ['invariant']);
  }

  /** Begins a run, which goes on after the answer. @throws DomainError `run_in_progress` */
  async start(actor: string, scope: RunScope): Promise<ReconRunRecord> {
    const run = await this.runs.begin(actor, scope);
    this.working = this.work(run, scope);
    return run;
  }

  /** Resolves when this instance works on no run. */
  idle(): Promise<void> {
    return this.working;
  }

  /** Ends the run of this instance before its next page; it counts as failed. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    await this.working;
  }

  private async work({ _id }: ReconRunRecord, scope: RunScope): Promise<void> {
    try {
      const found = await this.read(_id, scope);
      await this.runs.end(_id, found.drift.length > 0 ? 'drift' : 'sound', found);
    } catch (error) {
      this.logger.warn({ err: error, run: _id }, 'a reconciliation could not be finished');
      await this.runs.end(_id, 'failed').catch(() => undefined);
    }
  }

  private async read(runId: string, scope: RunScope): Promise<Found> {
    const drift = new Map<string, Drift>();
    const reading: Reading = {
      pulse: new Pulse(async () => !this.isStopping && (await this.runs.renew(runId))),
      report: async (found) => {
        const fresh = found.filter((each) => !drift.has(nameOf(each)));
        for (const each of fresh) drift.set(nameOf(each), each);
        await this.freeze(fresh);
      },
      ...{ accounts: 0, entries: 0 },
    };
    if (scope === 'full') await this.audit.full(reading);
    else await this.audit.incremental(await this.lastRunAt(), reading);
    const alerts = await this.audit.overdue();
    if (alerts.length > 0) this.logger.warn({ alerts }, 'holds are overdue and nobody ends them');
    return { accounts: reading.accounts, entries: reading.entries, drift: [...drift.values()], alerts };
  }

  private async lastRunAt(): Promise<Date> {
    const last = await this.runs.lastFinished();
    return new Date(last ? last.at.getTime() - overlapMs : 0);
  }

  private async freeze(drift: readonly Drift[]): Promise<void> {
    for (const { invariant } of drift) this.found.inc({ invariant });
    for (const accountId of new Set(drift.map(({ account_id }) => account_id))) {
      const own = drift.filter(({ account_id }) => account_id === accountId);
      const isAccount = accountId !== allAccounts;
      this.logger.error(
        { accountId, drift: own },
        isAccount ? 'an account does not add up and is frozen' : 'the books do not add up',
      );
      if (isAccount) await this.accounts.freeze(accountId);
    }
  }
}

const nameOf = ({ account_id, invariant, detail }: Drift): string => [account_id, invariant, detail].join(' ');
