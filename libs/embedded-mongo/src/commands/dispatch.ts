import { plain } from '../bson/show.js';
import { emptyScope, type Scope } from '../expressions/scope.js';
import { compileExpression } from '../expressions/compile.js';
import { isNumeric, type Doc, type Maybe } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { Pace } from '../pace.js';
import type { Server } from '../server.js';
import { Blocked } from '../transactions/transaction.js';
import type { Client, Command, CommandContext, Reply } from './command.js';
import { checkFields, variablesOf } from './fields.js';
import { checkReadConcern } from './read-concern.js';
import { COMMANDS } from './table.js';
import { enterTransaction } from './transactions.js';
import { readWriteConcern } from './write-concern.js';

/** How long a write waits for a document that an open transaction holds. */
const BLOCKED_LIMIT_MS = 90_000;

/** Runs one command from its message to its answer; nothing that goes wrong in it gets out as an exception. */
export async function dispatch(server: Server, body: Doc, connection: Client): Promise<Reply> {
  const [name = ''] = body.keys();
  const run = () => answered(server, name, body, connection);
  return server.failPoints ? server.failPoints.meet(name, body, connection.appName, run) : run();
}

async function answered(server: Server, name: string, body: Doc, connection: Client): Promise<Reply> {
  try {
    const reply = await answer(server, name, body, connection);
    return reply.has('ok') ? reply : reply.set('ok', 1);
  } catch (error) {
    if (error instanceof MongoError) return labelled(error, body).toReply();
    server.log.error(`${name} failed: ${(error as Error).stack ?? String(error)}`);
    return new MongoError('InternalError', (error as Error).message).toReply();
  }
}

async function answer(server: Server, name: string, body: Doc, connection: Client): Promise<Reply> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new MongoError('CommandNotFound', `no such command: '${name}'`);
  checkFields(name, command, body);
  checkReadConcern(body);
  const context: CommandContext = {
    server,
    db: plain(body.get('$db')),
    scope: scopeOf(server, body),
    connection,
    pace: new Pace(() => server.clock.now()),
  };
  if (body.has('lsid')) context.session = server.sessions.use(body.get('lsid'));
  enterTransaction(name, command, body, context);
  const writes = typeof command.writes === 'function' ? command.writes(body) : command.writes === true;
  const concern = writes && !context.transaction ? readWriteConcern(body) : undefined;
  context.pace.begin(() => checkWanted(context, writes), maxTimeOf(body));
  const { losses } = server.storage;
  const reply = await runInTransaction(command, body, context);
  if (!concern) return reply;
  await server.storage.acknowledged(losses);
  // The write itself stands even when more servers are asked for than there are.
  if (concern.error) reply.set('writeConcernError', concern.error);
  return reply;
}

/** A read ends early when nobody waits for its answer any more; a write goes on. */
function checkWanted({ server, connection, transaction }: CommandContext, writes: boolean): void {
  if (server.stopping) throw new MongoError('InterruptedAtShutdown', 'The server is in shutdown');
  if (connection.closed && !writes) throw new MongoError('ClientDisconnect', 'the client has gone');
  if (transaction && transaction.state !== 'open')
    throw new MongoError('NoSuchTransaction', 'the transaction of this command has ended');
}

function scopeOf(server: Server, body: Doc): Scope {
  const scope = emptyScope(new Date(server.clock.now()));
  const variables = variablesOf(body);
  if (!variables) return scope;
  const values = new Map<string, Maybe>(
    [...variables].map(([key, value]) => [key, compileExpression(value, scope)(scope)]),
  );
  return { ...scope, variables: values };
}

/** Whatever fails inside a transaction ends it, as in MongoDB. */
async function runInTransaction(command: Command, body: Doc, context: CommandContext): Promise<Reply> {
  try {
    return await runUnblocked(command, body, context);
  } catch (error) {
    if (context.transaction) context.server.engine.abort(context.transaction);
    throw error;
  }
}

/** A change that meets another's open transaction waits for its end and is tried again from the start. */
export async function runUnblocked(command: Command, body: Doc, context: CommandContext): Promise<Reply> {
  return retried(() => command.run(body, context), context, maxTimeOf(body));
}

function maxTimeOf(body: Doc): number | undefined {
  const limit = body.get('maxTimeMS');
  return isNumeric(limit) && Number(limit) > 0 ? Number(limit) : undefined;
}

export async function retried<T>(
  action: () => T | Promise<T>,
  { server }: { server: Server },
  limitMs = BLOCKED_LIMIT_MS,
): Promise<T> {
  const deadline = server.clock.now() + limitMs;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof Blocked)) throw error;
      await ended(error, server, deadline - server.clock.now());
    }
  }
}

async function ended(blocked: Blocked, server: Server, left: number): Promise<void> {
  let cancel = (): void => undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    cancel = server.clock.after(Math.max(left, 0), () =>
      reject(new MongoError('MaxTimeMSExpired', 'operation exceeded time limit')),
    );
  });
  try {
    await Promise.race([blocked.owner.ended, timeUp]);
  } finally {
    cancel();
  }
}

/** Inside a transaction some errors tell the driver that trying the whole again will help. */
function labelled(error: MongoError, body: Doc): MongoError {
  if (body.get('autocommit') !== false || error.labels.length > 0) return error;
  const transient = error.codeName === 'WriteConflict' || error.codeName === 'NoSuchTransaction';
  if (transient) error.labels.push('TransientTransactionError');
  return error;
}
