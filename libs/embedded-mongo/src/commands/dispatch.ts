import { plain } from '../bson/show.js';
import { emptyScope, type Scope } from '../expressions/scope.js';
import { compileExpression } from '../expressions/compile.js';
import { isNumeric, type Doc, type Maybe } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import type { Server } from '../server.js';
import { Blocked } from '../transactions/transaction.js';
import type { Command, CommandContext, Reply } from './command.js';
import { checkFields, variablesOf } from './fields.js';
import { COMMANDS } from './table.js';
import { enterTransaction } from './transactions.js';
import { wantsDurable } from './write-concern.js';

/** How long a write waits for a document that an open transaction holds. */
const BLOCKED_LIMIT_MS = 90_000;

/** Runs one command from its message to its answer; nothing that goes wrong in it gets out as an exception. */
export async function dispatch(server: Server, body: Doc, connection: object): Promise<Reply> {
  const [name = ''] = body.keys();
  try {
    const reply = await answer(server, name, body, connection);
    return reply.has('ok') ? reply : reply.set('ok', 1);
  } catch (error) {
    if (error instanceof MongoError) return labelled(error, body).toReply();
    server.log.error(`${name} failed: ${(error as Error).stack ?? String(error)}`);
    return new MongoError('InternalError', (error as Error).message).toReply();
  }
}

async function answer(server: Server, name: string, body: Doc, connection: object): Promise<Reply> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new MongoError('CommandNotFound', `no such command: '${name}'`);
  checkFields(name, command, body);
  const injected = server.failPoints?.before(name, body, connection);
  if (injected) return injected;
  const context: CommandContext = {
    server,
    db: plain(body.get('$db')),
    scope: scopeOf(server, body),
    connection,
  };
  if (body.has('lsid')) context.session = server.sessions.use(body.get('lsid'));
  enterTransaction(name, command, body, context);
  const durable = command.writes === true && !context.transaction && wantsDurable(body);
  const reply = await runUnblocked(command, body, context);
  if (command.writes && !context.transaction) await server.storage.acknowledged(durable);
  return server.failPoints?.after(name, body, reply) ?? reply;
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

/** A change that meets another's open transaction waits for its end and is tried again from the start. */
export async function runUnblocked(command: Command, body: Doc, context: CommandContext): Promise<Reply> {
  return retried(() => command.run(body, context), context, limitOf(body));
}

function limitOf(body: Doc): number {
  const limit = body.get('maxTimeMS');
  return isNumeric(limit) && Number(limit) > 0 ? Number(limit) : BLOCKED_LIMIT_MS;
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
  const transient =
    error.codeName === 'WriteConflict' || (error.codeName === 'NoSuchTransaction' && !body.has('commitTransaction'));
  if (!transient) return error;
  return new MongoError(error.code, error.message, {
    labels: ['TransientTransactionError'],
    details: { ...error.details, codeName: error.codeName },
  });
}
