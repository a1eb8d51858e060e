import type { Doc } from '../bson/value.js';
import type { Encodable } from '../bson/encode.js';
import type { Session } from '../transactions/sessions.js';
import type { Transaction } from '../transactions/transaction.js';
import type { View } from '../storage/view.js';
import type { Scope } from '../expressions/scope.js';
import type { Pace } from '../pace.js';
import type { Server } from '../server.js';

/** Who sent a command. */
export interface Client {
  /** What the client calls itself in its first hello. */
  appName?: string | undefined;
  readonly closed: boolean;
}

/** What one command is run with. */
export interface CommandContext {
  server: Server;
  db: string;
  /** `$$NOW` and the variables of `let`. */
  scope: Scope;
  connection: Client;
  /** How it gives way to other clients when it takes long. */
  pace: Pace;
  session?: Session;
  /** The multi-document transaction that the command belongs to. */
  transaction?: Transaction;
  /** Set for a retryable write: its number in the session. */
  txnNumber?: bigint;
}

export type Reply = Map<string, Encodable>;
export type Run = (command: Doc, context: CommandContext) => Reply | Promise<Reply>;

export interface Command {
  run: Run;
  /** The fields that the command knows; any other is refused. `any` is for commands whose options do not matter. */
  fields: readonly string[] | 'any';
  /** A write waits for its write concern before it is answered. */
  writes?: boolean | ((body: Doc) => boolean);
  /** Whether it may be part of a multi-document transaction. */
  inTransaction?: boolean;
}

/** What a command reads: its transaction's view, or the state now. */
export const viewOf = ({ transaction, server }: CommandContext): View => transaction?.unit ?? server.storage;
