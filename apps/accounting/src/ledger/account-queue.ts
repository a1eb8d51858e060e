import { Inject, Injectable } from '@nestjs/common';
import { DomainError, isStoreFailure } from '@parley/platform';
import type { ClientSession } from 'mongoose';
import { LedgerService } from './ledger.service.js';
import { LedgerTransactions } from '../transactions/ledger-transactions.js';

/** How many operations share one transaction at most. */
const maxBatch = 256;

/** Whether operations of one account share transactions; without, each has its own, which the benchmark compares. */
export const BATCHING = Symbol('Batching');

/**
 * One operation in two steps: it reads and decides, and returns what writes the decision down. Nothing is written before that, so a
 * refusal thrown while deciding leaves the other operations of the transaction untouched.
 */
export type Operation<Result> = (transaction: ClientSession) => Promise<() => Promise<Result>>;

/** The answer to an operation once its transaction is committed. */
type Outcome = { result: unknown } | { refusal: DomainError };

interface Job {
  operation: Operation<unknown>;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * Runs the operations of one account one after another, all that are waiting in one transaction: an account that hundreds share
 * would otherwise spend its time on conflicts and commits. Nobody is answered before the commit, not even with a refusal: what it
 * was decided on has to be true. Every guard stays where it was, in the database, so several instances with a queue each are
 * correct, only slower.
 */
@Injectable()
export class AccountQueue {
  private readonly waiting = new Map<string, Job[]>();

  constructor(
    @Inject(BATCHING) private readonly isBatching: boolean,
    private readonly transactions: LedgerTransactions,
    private readonly ledger: LedgerService,
  ) {}

  /** @throws what `operation` throws, and what `LedgerTransactions.run` does; `operation` may run more than once */
  run<Result>(accountId: string, operation: Operation<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const job: Job = { operation, resolve: resolve as Job['resolve'], reject };
      if (!this.isBatching) return void this.alone(job);
      const queue = this.waiting.get(accountId);
      if (queue) queue.push(job);
      else {
        this.waiting.set(accountId, [job]);
        void this.drain(accountId);
      }
    });
  }

  private async drain(accountId: string): Promise<void> {
    const queue = this.waiting.get(accountId)!;
    while (queue.length > 0) await this.runBatch(accountId, queue.splice(0, maxBatch));
    this.waiting.delete(accountId);
  }

  private async runBatch(accountId: string, batch: readonly Job[]): Promise<void> {
    if (batch.length === 1) return this.alone(batch[0]!);
    try {
      const outcomes = await this.together(accountId, batch);
      batch.forEach((job, index) => answer(job, outcomes[index]!));
    } catch (error) {
      await this.runAfter(error, accountId, batch);
    }
  }

  /** Nothing of the batch has happened; what went wrong says how its operations get their answers. */
  private async runAfter(error: unknown, accountId: string, batch: readonly Job[]): Promise<void> {
    // Without a database each of them would wait as long as this one did, for nothing.
    if (isStoreFailure(error)) return batch.forEach(({ reject }) => reject(error));
    if (error instanceof DomainError && error.code === 'ledger_busy') {
      const half = Math.ceil(batch.length / 2);
      await this.runBatch(accountId, batch.slice(0, half));
      return this.runBatch(accountId, batch.slice(half));
    }
    // A failed write undoes the whole batch; run alone, each gets its own answer.
    for (const job of batch) await this.alone(job);
  }

  private async alone(job: Job): Promise<void> {
    await this.transactions
      .run((transaction) => outcomeOf(job, transaction))
      .then((outcome) => answer(job, outcome), job.reject);
  }

  private together(accountId: string, batch: readonly Job[]): Promise<Outcome[]> {
    return this.transactions.run((transaction) =>
      this.ledger.postTogether(transaction, accountId, async () => {
        const outcomes: Outcome[] = [];
        for (const job of batch) outcomes.push(await outcomeOf(job, transaction));
        return outcomes;
      }),
    );
  }
}

async function outcomeOf({ operation }: Job, transaction: ClientSession): Promise<Outcome> {
  const decided = await operation(transaction).catch((error: unknown) => {
    if (error instanceof DomainError) return error;
    throw error;
  });
  return decided instanceof DomainError ? { refusal: decided } : { result: await decided() };
}

function answer({ resolve, reject }: Job, outcome: Outcome): void {
  if ('refusal' in outcome) reject(outcome.refusal);
  else resolve(outcome.result);
}
