import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, isDuplicateKey, LOGGER, type Logger, newId } from '@parley/platform';
import type { Model } from 'mongoose';
import { type Drift, findDrift } from './account-books.js';
import { Books } from './books.service.js';
import { ReconciliationErrors } from './reconciliation.errors.js';
import { reconRunCollection, type ReconRunRow } from './reconciliation.schema.js';

const pageSize = 200;
/** A run that takes longer has lost its process; another may begin. */
const abandonedAfterMs = 15 * 60_000;

/** Proves that all books add up, or freezes the accounts whose books do not. It never puts anything right. */
@Injectable()
export class Reconciliation {
  private working: Promise<void> = Promise.resolve();

  constructor(
    @InjectModel(reconRunCollection.name) private readonly runs: Model<ReconRunRow>,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly books: Books,
    private readonly clock: Clock,
  ) {}

  /** Begins a run, which goes on after the answer. @throws DomainError `run_in_progress` */
  async start(actor: string): Promise<ReconRunRow> {
    await this.giveUpAbandoned();
    const run: ReconRunRow = {
      _id: newId('run'),
      state: 'running',
      started_by: actor,
      at: this.clock.date(),
      accounts: 0,
      entries: 0,
      drift: [],
    };
    await this.runs.insertMany([run]).catch((error: unknown) => {
      throw isDuplicateKey(error) ? ReconciliationErrors.inProgress() : error;
    });
    this.working = this.work(run);
    return run;
  }

  /** @throws DomainError `run_not_found` */
  async find(runId: string): Promise<ReconRunRow> {
    const run = await this.runs.findOne({ _id: runId });
    if (!run) throw ReconciliationErrors.notFound();
    return run;
  }

  /** When the last run began, if there was one. */
  async lastRunAt(): Promise<Date | undefined> {
    return (await this.runs.findOne().sort({ at: -1 }))?.at;
  }

  /** Resolves when this instance works on no run. */
  idle(): Promise<void> {
    return this.working;
  }

  private async work({ _id }: ReconRunRow): Promise<void> {
    try {
      const { accounts, entries, drift } = await this.checkAll();
      const result = { accounts, entries, drift, state: drift.length > 0 ? 'drift' : 'sound' } as const;
      await this.runs.updateOne({ _id }, { $set: { ...result, finished_at: this.clock.date() } });
    } catch (error) {
      this.logger.warn({ err: error, run: _id }, 'a reconciliation could not be finished');
      const failed = { state: 'failed', finished_at: this.clock.date() } as const;
      await this.runs.updateOne({ _id }, { $set: failed }).catch(() => undefined);
    }
  }

  private async checkAll(): Promise<{ accounts: number; entries: number; drift: Drift[] }> {
    const found = { accounts: 0, entries: 0, drift: [] as Drift[] };
    for (let last = ''; ;) {
      const ids = await this.books.accountIds(last, pageSize);
      for (const id of ids) {
        const books = await this.books.read(id);
        const drift = books ? findDrift(books) : [];
        if (drift.length > 0) await this.freeze(id, drift);
        found.accounts += 1;
        found.entries += books?.entries.length ?? 0;
        found.drift.push(...drift);
      }
      if (ids.length < pageSize) return found;
      last = ids.at(-1)!;
    }
  }

  private async freeze(accountId: string, drift: readonly Drift[]): Promise<void> {
    this.logger.error({ accountId, drift }, 'an account does not add up and is frozen');
    await this.books.freeze(accountId);
  }

  private async giveUpAbandoned(): Promise<void> {
    const before = new Date(this.clock.now() - abandonedAfterMs);
    await this.runs.updateOne({ state: 'running', at: { $lt: before } }, { $set: { state: 'failed' } });
  }
}
