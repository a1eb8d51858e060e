import { setTimeout as delay } from 'node:timers/promises';
import type { MongoClient } from 'mongodb';
import type { Bank } from './clients/bank.js';
import { accountingOf } from './books/records.js';
import type { Tally } from './books/tally.js';

const everyMs = 4_000;
/** The run of a killed process blocks the next ones for a while; the soak does not wait that long. */
const deadAfterMs = 8_000;
const lastRunMs = 60_000;
const pollMs = 200;

interface Run {
  _id: string;
  state: 'running' | 'sound' | 'drift' | 'failed';
  at: Date;
  alive_at: Date;
  accounts: number;
  drift: unknown[];
}

/** Has the books checked again and again while they are being written. */
export class Auditor {
  constructor(
    private readonly bank: Bank,
    private readonly mongo: MongoClient,
    private readonly prefix: string,
    private readonly tally: Tally,
  ) {}

  async work(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      const { status } = await this.bank.reconcile();
      if (status === 409) await this.passDeadRuns();
      await delay(everyMs, undefined, { signal: until }).catch(() => undefined);
    }
  }

  /** One more check, with everything at rest. @returns what it finds, and what any earlier check found */
  async finish(): Promise<string[]> {
    const last = await this.lastRun();
    const runs = await this.runs.find().toArray();
    const accounts = accountingOf(this.mongo, this.prefix).collection('credit_accounts');
    this.tally.soundRuns = runs.filter(({ state }) => state === 'sound').length;
    const isWhole = last?.state === 'sound' && last.accounts === (await accounts.countDocuments());
    const frozen = await accounts.countDocuments({ status: { $ne: 'active' } });
    return [
      ...runs.flatMap(({ drift }) => drift.map((each) => `the reconciliation found ${JSON.stringify(each)}`)),
      ...(frozen > 0 ? [`${frozen} accounts are frozen`] : []),
      ...(isWhole ? [] : [`the last reconciliation is ${last?.state ?? 'missing'} with ${last?.accounts} accounts`]),
    ];
  }

  private get runs() {
    return accountingOf(this.mongo, this.prefix).collection<Run>('recon_runs');
  }

  private async lastRun(): Promise<Run | undefined> {
    for (const deadline = Date.now() + lastRunMs; Date.now() < deadline; await delay(pollMs)) {
      const { status, runId } = await this.bank.reconcile();
      if (status !== 202) {
        await this.passDeadRuns();
        continue;
      }
      for (; Date.now() < deadline; await delay(pollMs)) {
        const run = await this.runs.findOne({ _id: runId });
        if (run && run.state !== 'running') return run;
      }
    }
    return undefined;
  }

  /** Makes accounting give up a dead run at once. */
  private async passDeadRuns(): Promise<void> {
    const before = new Date(Date.now() - deadAfterMs);
    // If the database is away, the next round does it.
    const longAgo = new Date(Date.now() - 3_600_000);
    await this.runs
      .updateMany({ state: 'running', alive_at: { $lt: before } }, { $set: { at: longAgo, alive_at: longAgo } })
      .catch(() => undefined);
  }
}
