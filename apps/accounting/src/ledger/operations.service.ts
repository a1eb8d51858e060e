import { Injectable } from '@nestjs/common';
import { isDuplicateKey } from '@parley/platform';
import { TransactionErrors } from '../transactions/transactions.errors.js';
import { AccountQueue, type Operation } from './account-queue.js';
import { AccountsService } from './accounts.service.js';
import { PostingRefused } from './posting-batch.js';

/** How often an operation is decided again when what it was decided on has changed before it was written. */
const maxTries = 3;

/** Runs operations that begin something, and so may meet an account that is not open yet or another request with their name. */
@Injectable()
export class OperationsService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly queue: AccountQueue,
  ) {}

  /**
   * Decides and writes an operation. It is decided again after another one was first, with the same name or with what was
   * available, and after its account was opened.
   * @param operation has the result undefined when the account is not open yet
   * @throws DomainError `ledger_busy`, and what `AccountQueue.run` does
   */
  async run<Result>(accountId: string, operation: Operation<Result | undefined>): Promise<Result> {
    for (let tries = 0; tries < maxTries; tries++) {
      try {
        const result = await this.queue.run(accountId, operation);
        if (result !== undefined) return result;
        await this.accounts.open(accountId);
      } catch (error) {
        if (!wasOvertaken(error)) throw error;
      }
    }
    throw TransactionErrors.busy();
  }
}

/** Whether an operation failed because another one was first, with the same name or with what was available. */
export const wasOvertaken = (error: unknown): boolean => error instanceof PostingRefused || isDuplicateKey(error);
