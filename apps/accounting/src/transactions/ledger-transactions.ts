import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { inTransaction } from '@parley/platform';
import type { ClientSession, Connection } from 'mongoose';
import { TransactionErrors } from './transactions.errors.js';

const writeConflict = 112;
const documentValidationFailed = 121;

/**
 * For reads outside a transaction that prove something was done: a failover may take back what the majority does not have yet.
 */
export const durable = { readConcern: { level: 'majority' } } as const;

/** One attempt at a transaction. A conflict ends it, and the next one starts afresh. */
export class Attempt {
  private readonly endings: (() => Promise<void>)[] = [];

  /** Registers a write for the end of the transaction. */
  atEnd(write: () => Promise<void>): void {
    this.endings.push(write);
  }

  async end(): Promise<void> {
    for (const write of this.endings) await write();
  }
}

/** The one way to change money: all of an operation's documents together, or none. */
@Injectable()
export class LedgerTransactions {
  private readonly attempts = new WeakMap<ClientSession, Attempt>();

  constructor(@InjectConnection() private readonly connection: Connection) {}

  /**
   * Runs one operation; a conflict runs it again, so `work` must have no effect outside the transaction.
   * @throws DomainError `ledger_busy` (503) when the conflicts do not end in time, `store_unavailable` (503) when the connection
   *   breaks, `ledger_invariant` (500) when the database's own validator refuses a document, and whatever `work` throws
   */
  async run<Result>(work: (transaction: ClientSession) => Promise<Result>): Promise<Result> {
    try {
      return await inTransaction(this.connection, async (transaction) => {
        const attempt = new Attempt();
        this.attempts.set(transaction, attempt);
        const result = await work(transaction);
        await attempt.end();
        return result;
      });
    } catch (error) {
      throw toLedgerError(error);
    }
  }

  /** The attempt that a transaction is in. @throws Error when it was not begun by `run` */
  attempt(transaction: ClientSession): Attempt {
    const attempt = this.attempts.get(transaction);
    if (!attempt) throw new Error('this is no transaction of the ledger');
    return attempt;
  }
}

export function toLedgerError(error: unknown): unknown {
  const { code, name, hasErrorLabel } = error as {
    code?: unknown;
    name?: string;
    hasErrorLabel?: (label: string) => boolean;
  };
  if (code === documentValidationFailed) return TransactionErrors.invariant(error);
  const isConflict = code === writeConflict || hasErrorLabel?.call(error, 'TransientTransactionError') === true;
  if (name === 'MongoOperationTimeoutError' || (isConflict && !isNetworkTrouble(name)))
    return TransactionErrors.busy(error);
  return error;
}

/** A lost connection carries the same label as a conflict; it stays what it is, `store_unavailable`. */
const isNetworkTrouble = (name: string | undefined): boolean => /network|selection|pool|topology/i.test(name ?? '');
