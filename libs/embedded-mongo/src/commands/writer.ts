import { doc, type Doc } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import type { Unit } from '../storage/unit.js';
import type { CommandContext } from './command.js';
import { retried } from './dispatch.js';
import { isNumeric, toNumber } from '../bson/value.js';

export interface Outcome {
  n: number;
  nModified: number;
  upserted: Doc[];
  writeErrors: Doc[];
  retriedStmtIds: number[];
}

/** So many statements are run before others may go first. */
const AT_ONCE = 500;

export const emptyOutcome = (): Outcome => ({ n: 0, nModified: 0, upserted: [], writeErrors: [], retriedStmtIds: [] });

/**
 * Runs one statement of a write: in the transaction if there is one, else as a unit of its own that is applied at once. As a
 * retryable write it is remembered together with its changes, and answered from memory when it comes again.
 */
export async function runStatement(
  context: CommandContext,
  statement: number,
  run: (unit: Unit) => Doc,
): Promise<{ result: Doc; repeated: boolean }> {
  const { server, transaction, session, txnNumber } = context;
  if (transaction) {
    const result = run(transaction.unit);
    server.engine.checkSize(transaction);
    return { result, repeated: false };
  }
  if (session && txnNumber !== undefined) {
    const known = server.sessions.statements.find(session.id, txnNumber, statement);
    if (known) return { result: known, repeated: true };
  }
  return retried(() => {
    const unit = server.engine.unit();
    const result = run(unit);
    if (session && txnNumber !== undefined)
      server.sessions.statements.save(unit, session.id, txnNumber, statement, result);
    server.engine.apply(unit);
    return { result, repeated: false };
  }, context);
}

/** The number of a statement in its retryable write: counted from the command's first unless each is numbered. */
export function statementId(body: Doc, index: number): number {
  const ids = body.get('stmtIds');
  const own = Array.isArray(ids) ? ids[index] : undefined;
  if (isNumeric(own)) return toNumber(own);
  const first = body.get('stmtId');
  return (isNumeric(first) ? toNumber(first) : 0) + index;
}

/**
 * Runs the statements of one command in their order. An ordered write stops at the first error; inside a transaction any error
 * ends the command, and the transaction with it.
 */
export async function runStatements(
  context: CommandContext,
  body: Doc,
  count: number,
  run: (unit: Unit, index: number) => Doc,
  collect: (outcome: Outcome, result: Doc, index: number) => void,
): Promise<Outcome> {
  const outcome = emptyOutcome();
  const ordered = body.get('ordered') !== false;
  for (let index = 0; index < count; index++) {
    if (index > 0 && index % AT_ONCE === 0) await context.pace.giveWay();
    const id = statementId(body, index);
    try {
      const { result, repeated } = await runStatement(context, id, (unit) => run(unit, index));
      if (repeated) outcome.retriedStmtIds.push(id);
      collect(outcome, result, index);
    } catch (error) {
      if (!(error instanceof MongoError)) throw error;
      if (context.transaction) abortFor(context, error);
      if (error.codeName === 'WriteConflict' || error.codeName === 'MaxTimeMSExpired') throw error;
      outcome.writeErrors.push(error.toWriteError(index));
      if (ordered) break;
    }
  }
  return outcome;
}

/** A failed statement takes its transaction with it; a conflict is reported for the command and not for the statement. */
function abortFor({ server, transaction }: CommandContext, error: MongoError): void {
  server.engine.abort(transaction!);
  if (error.labels.length > 0) throw error;
}

export function reply(outcome: Outcome, withModified: boolean): Doc {
  const out = doc({ n: outcome.n });
  if (withModified) out.set('nModified', outcome.nModified);
  if (outcome.upserted.length > 0) out.set('upserted', outcome.upserted);
  if (outcome.writeErrors.length > 0) out.set('writeErrors', outcome.writeErrors);
  if (outcome.retriedStmtIds.length > 0) out.set('retriedStmtIds', outcome.retriedStmtIds);
  return out;
}
