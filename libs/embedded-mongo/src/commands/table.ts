import { aggregate } from './aggregate.js';
import { COLLECTION_COMMANDS } from './collections.js';
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
  update,
  delete: deleteCommand,
  findAndModify,
  findandmodify: findAndModify,
  createIndexes,
  dropIndexes,
  listIndexes,
};
