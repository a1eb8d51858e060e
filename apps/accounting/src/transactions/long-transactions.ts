import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { inTransaction } from '@parley/platform';
import type { ClientSession, Connection } from 'mongoose';
import { toLedgerError } from './ledger-transactions.js';

/** The database lets no transaction live longer. */
const deadlineMs = 60_000;

/** Transactions that read or write a great deal; not for requests that should be quick. */
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
