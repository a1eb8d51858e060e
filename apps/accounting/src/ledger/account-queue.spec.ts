import { describe, expect, it } from '@jest/globals';
import { DomainError } from '@parley/platform';
import { MongoNetworkError } from 'mongodb';
import type { ClientSession } from 'mongoose';
import type { LedgerTransactions } from '../transactions/ledger-transactions.js';
import { TransactionErrors } from '../transactions/transactions.errors.js';
import { AccountQueue } from './account-queue.js';
import type { LedgerService } from './ledger.service.js';

/** A queue over transactions that only count, and fail as `fault` says for so many operations at once. */
function buildQueue(fault: (operations: number) => unknown = () => undefined) {
  const transactions: number[] = [];
  let together = 0;
  const run = async (work: (transaction: ClientSession) => Promise<unknown>) => {
    together = 0;
    const result = await work({} as ClientSession);
    transactions.push(Math.max(1, together));
    const error = fault(Math.max(1, together));
    if (error) throw error as Error;
    return result;
  };
  const postTogether = async (_transaction: ClientSession, _accountId: string, work: () => Promise<unknown[]>) => {
    const results = await work();
    together = results.length;
    return results;
  };
  const queue = new AccountQueue(
    true,
    { run } as unknown as LedgerTransactions,
    { postTogether } as unknown as LedgerService,
  );
  const answers = (count: number) =>
    Promise.allSettled(Array.from({ length: count }, (_, index) => queue.run('user:1', writing(index))));
  return { queue, answers, transactions };
}
/** An operation that writes down a number. */
const writing = (value: number) => () => Promise.resolve(() => Promise.resolve(value));
const refused = () =>
  Promise.reject<() => Promise<number>>(new DomainError('insufficientFunds', 'insufficient_credits', 'refused'));
const values = (settled: PromiseSettledResult<number>[]) =>
  settled.map((each) => (each.status === 'fulfilled' ? each.value : (each.reason as Error).message));

describe('the queue of an account', () => {
  it('runs what has come in the meantime in one transaction, and answers each', async () => {
    const { answers, transactions } = buildQueue();
    expect(values(await answers(5))).toEqual([0, 1, 2, 3, 4]);
    expect(transactions).toEqual([1, 4]);
  });

  it('puts no more than 256 into one', async () => {
    const { answers, transactions } = buildQueue();
    await answers(400);
    expect(transactions).toEqual([1, 256, 143]);
  });

  it('answers a refusal beside what the others in its transaction did', async () => {
    const { queue, transactions } = buildQueue();
    const operations = [writing(0), writing(1), refused, writing(3)];
    const settled = await Promise.allSettled(operations.map((operation) => queue.run('user:1', operation)));
    expect(values(settled)).toEqual([0, 1, 'refused', 3]);
    expect(transactions).toEqual([1, 3]);
  });

  it('answers a refusal only once what it was decided on is committed', async () => {
    const { queue } = buildQueue(() => new MongoNetworkError('gone'));
    const settled = await Promise.allSettled([queue.run('user:1', refused), queue.run('user:1', refused)]);
    expect(values(settled)).toEqual(['gone', 'gone']);
  });

  it('runs each alone when one of them fails while it writes', async () => {
    const { answers, transactions } = buildQueue((operations) => operations > 1 && new Error('refused'));
    expect(values(await answers(4))).toEqual([0, 1, 2, 3]);
    expect(transactions).toEqual([1, 3, 1, 1, 1]);
  });

  it('halves what is too much for the time that a transaction has', async () => {
    const { answers, transactions } = buildQueue((operations) => operations > 2 && TransactionErrors.busy());
    expect(values(await answers(5))).toEqual([0, 1, 2, 3, 4]);
    expect(transactions).toEqual([1, 4, 2, 2]);
  });

  it('lets all know at once that the database is gone', async () => {
    const { answers, transactions } = buildQueue((operations) => operations > 1 && new MongoNetworkError('gone'));
    expect(values(await answers(4))).toEqual([0, 'gone', 'gone', 'gone']);
    expect(transactions).toEqual([1, 3]);
  });
});
