import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, isDuplicateKey, newId } from '@parley/platform';
import type { Model } from 'mongoose';
import type { Drift } from '../audit/drift.js';
import { reconRunCollection, type ReconRunRecord, type RunScope } from './recon-run.schema.js';
import { ReconciliationErrors } from './reconciliation.errors.js';

/** A run without a sign of life for this long has lost its process, and another may begin. */
const abandonedAfterMs = 15 * 60_000;
/** A document has a size limit, and nobody reads more. */
const maxKept = 1_000;

/** Clocks differ between instances, and two runs may begin in the same millisecond of one. */
const newestFirst = { at: -1, alive_at: -1 } as const;

/** What a run has found so far. */
export interface Found {
  accounts: number;
  entries: number;
  drift: Drift[];
  alerts: Drift[];
}

/** The records of the runs. One goes on at a time, on whichever instance; the database's clock says whether it still does. */
@Injectable()
export class ReconRunsService {
  constructor(
    @InjectModel(reconRunCollection.name) private readonly runs: Model<ReconRunRecord>,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError `run_in_progress` */
  async begin(actor: string, scope: RunScope): Promise<ReconRunRecord> {
    await this.giveUpAbandoned();
    const run: ReconRunRecord = {
      _id: newId('run'),
      state: 'running',
      scope,
      started_by: actor,
      at: this.clock.date(),
      ...{ accounts: 0, entries: 0, drift: [], drift_count: 0, alerts: [] },
    };
    await this.insert(run).catch((error: unknown) => {
      throw isDuplicateKey(error) ? ReconciliationErrors.inProgress() : error;
    });
    return run;
  }

  /** Keeps a run alive. @returns whether it may go on: another instance may have given it up */
  async renew(runId: string): Promise<boolean> {
    const { matchedCount } = await this.runs.updateOne(
      { _id: runId, state: 'running' },
      [{ $set: { alive_at: '$$NOW' } }],
      { updatePipeline: true },
    );
    return matchedCount > 0;
  }

  /** Ends a run, unless it was given up in the meantime. */
  async end(runId: string, state: 'sound' | 'drift' | 'failed', found?: Found): Promise<void> {
    const result = found && {
      accounts: found.accounts,
      entries: found.entries,
      drift: found.drift.slice(0, maxKept),
      drift_count: found.drift.length,
      alerts: found.alerts.slice(0, maxKept),
    };
    await this.runs.updateOne(
      { _id: runId, state: 'running' },
      { $set: { state, finished_at: this.clock.date(), ...result } },
    );
  }

  /** @throws DomainError `run_not_found` */
  async find(runId: string): Promise<ReconRunRecord> {
    const run = await this.runs.findOne({ _id: runId });
    if (!run) throw ReconciliationErrors.notFound();
    return run;
  }

  /** The run that began last, in whatever state it is. */
  async last(): Promise<ReconRunRecord | undefined> {
    return (await this.runs.findOne().sort(newestFirst)) ?? undefined;
  }

  /** The last run that was completed. */
  async lastFinished(scope?: RunScope): Promise<ReconRunRecord | undefined> {
    const finished = { state: { $in: ['sound', 'drift'] as const } };
    const ofScope = scope === undefined ? {} : { scope };
    return (await this.runs.findOne({ ...finished, ...ofScope }).sort(newestFirst)) ?? undefined;
  }

  /** Inserted as an update, because only that can ask for the database's time. */
  private async insert({ _id, ...fields }: ReconRunRecord): Promise<void> {
    const literals = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { $literal: value }]));
    const update = [{ $set: { ...literals, alive_at: '$$NOW' } }];
    await this.runs.collection.updateOne({ _id: _id as never }, update, { upsert: true });
  }

  private async giveUpAbandoned(): Promise<void> {
    const lastSign = { $ifNull: ['$alive_at', '$at'] };
    await this.runs.updateOne(
      { state: 'running', $expr: { $lt: [lastSign, { $subtract: ['$$NOW', abandonedAfterMs] }] } },
      { $set: { state: 'failed' } },
    );
  }
}
