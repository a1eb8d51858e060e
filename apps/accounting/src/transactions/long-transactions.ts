import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { inTransaction } from '@parley/platform';
import type { ClientSession, Connection } from 'mongoose';
import { toLedgerError } from './ledger-transactions.js';

/** As long as the database lets a transaction live. */
const deadlineMs = 60_000;

/** Transactions about so much at once that nobody who waits for an answer should begin one by the way. */
@Injectable()
export class LongTransactions {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  /** @throws DomainError as `LedgerTransactions.run` does */
  async run<Result>(work: (transaction: ClientSession) => Promise<Result>): Promise<Result> {
    try {
      return await inTransaction(this.connection, work, deadlineMs);
    } catch (error) {
      throw toLedgerError(error);
    }
  }
}
