import type { ClientSession, Connection } from 'mongoose';

/** How long a transaction and its repeats may take before the caller is told to try again later. */
const transactionDeadlineMs = 5_000;

/**
 * Runs `work` as one transaction: isolated, all or nothing, acknowledged by the majority. A write conflict runs it again, so
 * `work` must have no effect outside the session; what it throws aborts the transaction and reaches the caller.
 * Await the operations one after another: a session carries one at a time.
 *
 * @throws MongoOperationTimeoutError when it could not be committed in time (rendered as 503)
 */
export async function inTransaction<Result>(
  connection: Connection,
  work: (session: ClientSession) => Promise<Result>,
  deadlineMs = transactionDeadlineMs,
): Promise<Result> {
  const session = await connection.startSession();
  try {
    return await session.withTransaction(() => work(session), {
      readConcern: { level: 'snapshot' },
      writeConcern: { w: 'majority' },
      timeoutMS: deadlineMs,
    });
  } finally {
    await session.endSession();
  }
}

/** Whether an error is a unique index refusing a second document (server code 11000). */
export const isDuplicateKey = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 11_000;
