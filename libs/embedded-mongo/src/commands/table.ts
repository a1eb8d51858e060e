import { aggregate } from './aggregate.js';
import { bulkWrite } from './bulk-write.js';
import { COLLECTION_COMMANDS } from './collections.js';
import { MongoError } from '../errors/mongo-error.js';
import type { Command } from './command.js';
import { count, distinct } from './count-distinct.js';
import { deleteCommand } from './delete.js';
import { explain } from './explain.js';
import { find, getMore, killCursors } from './find.js';
import { findAndModify } from './find-and-modify.js';
import { HANDSHAKE_COMMANDS } from './handshake.js';
import { createIndexes, dropIndexes, listIndexes } from './indexes.js';
import { insert } from './insert.js';
import { SESSION_COMMANDS } from './sessions.js';
import { TRANSACTION_COMMANDS } from './transactions.js';
import { update } from './update.js';

const configureFailPoint: Command = {
  fields: 'any',
  run(body, { server }) {
    if (!server.failPoints) throw new MongoError('CommandNotFound', "no such command: 'configureFailPoint'");
    return server.failPoints.configure(body);
  },
};

/** Every command that this server knows; the others are refused by name. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  ...HANDSHAKE_COMMANDS,
  ...COLLECTION_COMMANDS,
  ...SESSION_COMMANDS,
  ...TRANSACTION_COMMANDS,
  find,
  getMore,
  killCursors,
  aggregate,
  count,
  distinct,
  explain,
  insert,
  bulkWrite,
  configureFailPoint,
  update,
  delete: deleteCommand,
  findAndModify,
  findandmodify: findAndModify,
  createIndexes,
  dropIndexes,
  listIndexes,
};
