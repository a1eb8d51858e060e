import { ConfigError, inTransaction } from '@parley/platform';
import type { Connection } from 'mongoose';

/** What a standalone `mongod` answers to the first statement of a transaction (IllegalOperation). */
const illegalOperation = 20;

/**
 * Reads one document in a transaction. Without transactions a crash could leave money half moved, so the service does not start.
 * @throws ConfigError when the server has none
 */
export async function requireTransactions(connection: Connection): Promise<void> {
  try {
    await inTransaction(connection, (transaction) =>
      connection.db!.collection('credit_accounts').findOne({}, { session: transaction, projection: { _id: 1 } }),
    );
  } catch (error) {
    if ((error as { code?: unknown }).code !== illegalOperation) throw error;
    const need = 'start mongod with --replSet and run rs.initiate() once (one node is enough)';
    throw new ConfigError([`MONGODB_URI: the server has no transactions, which the ledger needs; ${need}`]);
  }
}
