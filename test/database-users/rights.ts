import type { Document } from 'bson';

/** What MongoDB lets every user do who has signed in, on whatever database. */
const everybody = new Set(['hello', 'ismaster', 'ping', 'endSessions', 'commitTransaction', 'abortTransaction']);

/**
 * Those commands of the role readWrite that the services use; on MongoDB it allows a few more. The actions behind them are find,
 * insert, update, remove, createCollection and createIndex.
 */
const readWrite = new Set([
  ...['find', 'getMore', 'killCursors', 'aggregate', 'distinct', 'insert', 'update', 'delete', 'findAndModify'],
  ...['create', 'createIndexes'],
]);

/** Stages for which readWrite is not enough, or which go to another database. */
const refusedStages = new Set(['$out', '$merge', '$collStats', '$indexStats', '$currentOp', '$planCacheStats']);

/** Why MongoDB would not carry out a command for a user of one database; nothing when it would. */
export function refusal(database: string, granted: ReadonlySet<string>, command: Document): string | undefined {
  const [name] = Object.keys(command) as [string];
  const on = command.$db as string;
  if (everybody.has(name)) return undefined;
  if (on !== database) return `${name} on ${on}`;
  if (granted.has(name)) return undefined;
  if (!readWrite.has(name)) return `${name} on ${on}`;
  if (command.bypassDocumentValidation === true) return `${name} without validation`;
  return membersOf(command).find((name) => refusedStages.has(name));
}

/** The names of all members of a command, of which those of stages are some. */
function membersOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const names = Array.isArray(value) ? [] : Object.keys(value);
  return [...names, ...Object.values(value).flatMap(membersOf)];
}
