import { MongoError } from '../errors/mongo-error.js';
import type { Collection } from '../storage/collection.js';
import { doc, type Doc } from '../bson/value.js';
import type { CommandContext } from './command.js';

/** The collection as the command sees it, if it is there. */
export function findCollection(
  { server, transaction }: CommandContext,
  db: string,
  name: string,
): Collection | undefined {
  const own = transaction?.created.get(`${db}.${name}`);
  if (own) return own;
  const collection = server.catalog.find(db, name);
  if (collection && transaction) server.engine.touch(transaction, collection);
  return collection;
}

/** The collection to write into: the first write makes it. */
export function collectionForWrite(context: CommandContext, db: string, name: string): Collection {
  const found = findCollection(context, db, name);
  if (found) return found;
  return createCollection(context, db, name, doc());
}

export function createCollection(
  { server, transaction }: CommandContext,
  db: string,
  name: string,
  options: Doc,
): Collection {
  const collection = server.catalog.make(db, name, options);
  if (transaction) transaction.created.set(collection.namespace, collection);
  else {
    server.catalog.add(collection, server.storage);
    server.engine.changed(collection);
  }
  return collection;
}

/** As `findCollection`, for commands that need it to be there. */
export function requireCollection(context: CommandContext, db: string, name: string): Collection {
  const found = findCollection(context, db, name);
  if (!found) throw new MongoError('NamespaceNotFound', `ns does not exist: ${db}.${name}`);
  return found;
}
