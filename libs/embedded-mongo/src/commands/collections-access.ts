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

/** The collection of a read that gives way to others: it ends with an error when the collection or an index goes meanwhile. */
export function collectionToRead(context: CommandContext, name: string): Collection | undefined {
  const collection = findCollection(context, context.db, name);
  if (!collection || context.transaction) return collection;
  const { indexes } = collection;
  context.pace.watch(() => {
    const isThere = context.server.catalog.find(collection.db, collection.name) === collection;
    if (!isThere || indexes.some((index) => !collection.indexes.includes(index)))
      throw new MongoError('QueryPlanKilled', `${collection.namespace} or an index of it was dropped`);
  });
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
