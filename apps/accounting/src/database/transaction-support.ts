import { ConfigError, inTransaction } from '@parley/platform';
import type { Connection } from 'mongoose';

/** The server's code for a transaction on a standalone `mongod`, and for a server that knows no transactions at all. */
const withoutTransactions = new Set([20, 263, 303]);

/**
 * Reads one document in a transaction. Without transactions a crash could move money by halves, so there is no other way on.
 * @throws ConfigError when the server has none
 */
export async function requireTransactions(connection: Connection): Promise<void> {
  try {
    await inTransaction(connection, (session) =>
      connection.db!.collection('credit_accounts').findOne({}, { session, projection: { _id: 1 } }),
    );
  } catch (error) {
    if (!withoutTransactions.has((error as { code?: number }).code ?? 0)) throw error;
    const need = 'start mongod with --replSet and run rs.initiate() once (one node is enough)';
    throw new ConfigError([`MONGODB_URI: the server has no transactions, which the ledger needs; ${need}`]);
  }
}
