import { plain } from '../bson/show.js';
import { doc, isDoc, isNumeric, type Doc } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import type { Command, CommandContext } from './command.js';

/** Connects a command with its transaction or, when it is a retryable write, with its number in the session. */
export function enterTransaction(name: string, command: Command, body: Doc, context: CommandContext): void {
  const { session } = context;
  if (!body.has('txnNumber')) {
    if (body.has('autocommit'))
      throw new MongoError('InvalidOptions', "'autocommit' field requires a transaction number to also be specified");
    return;
  }
  if (!session) throw new MongoError('InvalidOptions', 'Transaction number requires a session ID to also be specified');
  if (body.get('autocommit') === undefined) {
    enterRetryableWrite(body, context);
    return;
  }
  if (body.get('autocommit') !== false)
    throw new MongoError('InvalidOptions', "'autocommit' can only be specified as false");
  if (name === 'commitTransaction' || name === 'abortTransaction') return;
  if (!command.inTransaction)
    throw new MongoError('OperationNotSupportedInTransaction', `Cannot run '${name}' in a multi-document transaction.`);
  checkNoConcern(body);
  if (body.get('startTransaction') === true) start(body, context);
  else join(body, context);
}

function enterRetryableWrite(body: Doc, context: CommandContext): void {
  const { server, session } = context;
  server.sessions.advance(session!, body.get('txnNumber'));
  if (session!.transaction)
    throw new MongoError('IncompleteTransactionHistory', `txnNumber ${session!.txnNumber} was used for a transaction`);
  context.txnNumber = session!.txnNumber;
}

function checkNoConcern(body: Doc): void {
  if (body.has('writeConcern'))
    throw new MongoError('InvalidOptions', 'writeConcern is not allowed within a multi-statement transaction');
  if (body.has('readConcern') && body.get('startTransaction') !== true)
    throw new MongoError('InvalidOptions', 'readConcern can only be specified for the first command of a transaction');
}

function start(body: Doc, context: CommandContext): void {
  const { server, session } = context;
  const concern = body.get('readConcern');
  const level = isDoc(concern) ? concern.get('level') : undefined;
  if (level !== undefined && !['local', 'majority', 'snapshot'].includes(level as string))
    throw new MongoError(
      'InvalidOptions',
      "The readConcern level must be either 'local', 'majority' or 'snapshot' in order to run in a transaction",
    );
  const number = body.get('txnNumber');
  if (isNumeric(number) && BigInt(number as bigint) === session!.txnNumber && session!.transaction)
    throw new MongoError(
      'ConflictingOperationInProgress',
      `Cannot start transaction ${session!.txnNumber} on session because a transaction with the same number has already started.`,
    );
  server.sessions.advance(session!, number);
  session!.transaction = server.engine.begin();
  session!.connection = context.connection;
  context.transaction = session!.transaction;
}

function join(body: Doc, context: CommandContext): void {
  const transaction = current(body, context);
  if (transaction.state === 'committed')
    throw new MongoError(
      'TransactionCommitted',
      `Transaction with { txnNumber: ${context.session!.txnNumber} } has been committed.`,
    );
  if (transaction.state === 'aborted') throw aborted(context);
  context.session!.connection = context.connection;
  context.transaction = transaction;
}

function current(body: Doc, context: CommandContext) {
  const { server, session } = context;
  const number = body.get('txnNumber');
  if (isNumeric(number) && BigInt(number as bigint) < session!.txnNumber) server.sessions.advance(session!, number);
  if (!isNumeric(number) || BigInt(number as bigint) !== session!.txnNumber || !session!.transaction)
    throw new MongoError(
      'NoSuchTransaction',
      `Given transaction number ${plain(number)} does not match any in-progress transactions. The active transaction number is ${session!.txnNumber}`,
    );
  return session!.transaction;
}

const aborted = ({ session }: CommandContext) =>
  new MongoError('NoSuchTransaction', `Transaction with { txnNumber: ${session!.txnNumber} } has been aborted.`);

function checkEnding(body: Doc, { db, session }: CommandContext): void {
  if (db !== 'admin')
    throw new MongoError(
      'Unauthorized',
      'commitTransaction and abortTransaction may only be run against the admin database.',
    );
  if (!session || !body.has('txnNumber'))
    throw new MongoError('InvalidOptions', 'a transaction can only be ended within a session');
  if (body.get('autocommit') !== false)
    throw new MongoError('InvalidOptions', 'autocommit: false is needed to end a transaction');
}

export const TRANSACTION_COMMANDS: Readonly<Record<string, Command>> = {
  commitTransaction: {
    fields: ['recoveryToken'],
    writes: true,
    run(body, context) {
      checkEnding(body, context);
      const { server, session } = context;
      const number = BigInt((body.get('txnNumber') as bigint | undefined) ?? -1n);
      if (!session!.transaction && server.sessions.statements.wasCommitted(session!.id, number)) return doc();
      const transaction = current(body, context);
      if (transaction.state === 'aborted') throw aborted(context);
      // A commit that is sent again was done already, unless the disk refused it; it is only acknowledged again.
      if (transaction.state === 'committed') {
        if (server.sessions.statements.wasCommitted(session!.id, number)) return doc();
        throw aborted(context);
      }
      server.sessions.statements.saveCommit(transaction.unit, session!.id, number);
      try {
        server.engine.commit(transaction);
      } catch (error) {
        server.engine.abort(transaction);
        throw error;
      }
      return doc();
    },
  },
  abortTransaction: {
    fields: ['recoveryToken'],
    run(body, context) {
      checkEnding(body, context);
      const transaction = current(body, context);
      if (transaction.state === 'committed')
        throw new MongoError(
          'TransactionCommitted',
          `Transaction with { txnNumber: ${context.session!.txnNumber} } has been committed.`,
        );
      if (transaction.state === 'aborted') throw aborted(context);
      context.server.engine.abort(transaction);
      return doc();
    },
  },
};
