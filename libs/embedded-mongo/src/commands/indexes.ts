import { plain, show } from '../bson/show.js';
import { equal } from '../bson/compare.js';
import { doc, isDoc, type Doc, type Value } from '../bson/value.js';
import { encode, RawDoc } from '../bson/encode.js';
import { MongoError } from '../errors/mongo-error.js';
import { ID_INDEX, type IndexSpec } from '../indexes/index-description.js';
import { buildIndex, existing, parseIndex } from '../indexes/index-options.js';
import type { View } from '../storage/view.js';
import { storedAt, type Collection } from '../storage/collection.js';
import { collectionForWrite, findCollection, requireCollection } from './collections-access.js';
import type { Command, CommandContext } from './command.js';
import { cursorOptions } from './cursors.js';
import { collectionName, listOf } from './fields.js';

interface Target {
  claim(key: Buffer, collection: Collection): void;
  get(key: Buffer): Buffer | undefined;
  put(key: Buffer, value: Buffer): void;
}

/** Builds the entries of an index over all documents that are there, and refuses when they break its uniqueness. */
function fill(view: View, target: Target, collection: Collection, index: IndexSpec): void {
  for (const record of collection.records(view)) {
    const { id, document } = storedAt(record);
    for (const entry of collection.entriesOf(index, document, id)) {
      collection.checkUnique(target, entry, id);
      target.put(entry.key, entry.value);
    }
  }
}

/**
 * Outside a transaction the entries go straight to the storage, for there may be more of them than memory holds. Nothing else
 * runs meanwhile; what was written for indexes that cannot be is taken out again.
 */
function fillAll({ server, transaction }: CommandContext, collection: Collection, indexes: IndexSpec[]): void {
  if (transaction) {
    for (const index of indexes) fill(transaction.unit, transaction.unit, collection, index);
    return;
  }
  const { storage } = server;
  const target: Target = {
    claim: () => undefined,
    get: (key) => storage.get(key),
    put: (key, value) => storage.putInPieces(key, value),
  };
  try {
    for (const index of indexes) fill(storage, target, collection, index);
  } catch (error) {
    for (const index of indexes) server.catalog.erase(index.ident);
    throw error;
  }
}

function createAll(context: CommandContext, collection: Collection, definitions: Doc[]): number {
  const { server, transaction } = context;
  const fresh: IndexSpec[] = [];
  for (const definition of definitions) {
    if (existing(definition, [...collection.indexes, ...fresh])) continue;
    fresh.push(buildIndex(definition, server.catalog.newIdent(), () => server.clock.now()));
  }
  if (fresh.length === 0) return 0;
  if (transaction && !transaction.created.has(collection.namespace))
    throw new MongoError(
      'OperationNotSupportedInTransaction',
      `Cannot create new indexes on existing collection ${collection.namespace} in a multi-document transaction.`,
    );
  if (!transaction) server.engine.refuseTouched(collection);
  fillAll(context, collection, fresh);
  collection.indexes = [...collection.indexes, ...fresh];
  if (!transaction) {
    for (const index of collection.indexes) index.savedMultikey = index.multikey;
    server.catalog.save(collection, server.storage);
    server.engine.changed(collection);
  }
  return fresh.length;
}

export const createIndexes: Command = {
  fields: ['indexes', 'commitQuorum', 'ignoreUnknownIndexOptions'],
  writes: true,
  inTransaction: true,
  async run(body, context) {
    const name = collectionName(body, 'createIndexes');
    // What many entries are written in pieces for is not on its way to the disk with something else then.
    if (!context.transaction) await context.server.storage.acknowledged();
    const definitions = listOf(body, 'indexes').map(parseIndex);
    const existed = findCollection(context, context.db, name) !== undefined;
    const collection = collectionForWrite(context, context.db, name);
    const before = collection.indexes.length;
    const added = createAll(context, collection, definitions);
    const reply = doc({
      numIndexesBefore: before,
      numIndexesAfter: before + added,
      createdCollectionAutomatically: !existed,
    });
    if (added === 0) reply.set('note', 'all indexes already exist');
    return reply;
  },
};

function matching(collection: Collection, wanted: Value): IndexSpec[] {
  if (wanted === '*') return collection.indexes.filter(({ name }) => name !== ID_INDEX);
  if (Array.isArray(wanted)) return wanted.flatMap((one) => matching(collection, one));
  const [found, another] = collection.indexes.filter((index) =>
    isDoc(wanted) ? equal(index.key, wanted) : index.name === wanted,
  );
  if (another)
    throw new MongoError(
      'AmbiguousIndexKeyPattern',
      `several indexes found for key: ${show(wanted)}, identify by name instead`,
    );
  if (!found)
    throw new MongoError(
      'IndexNotFound',
      isDoc(wanted) ? "can't find index with key" : `index not found with name [${plain(wanted)}]`,
    );
  if (found.name === ID_INDEX) throw new MongoError('InvalidOptions', 'cannot drop _id index');
  return [found];
}

export const dropIndexes: Command = {
  fields: ['index'],
  writes: true,
  run(body, context) {
    const { server } = context;
    const collection = requireCollection(context, context.db, collectionName(body, 'dropIndexes'));
    const before = collection.indexes.length;
    const dropped = matching(collection, body.get('index') ?? null);
    server.engine.refuseTouched(collection);
    collection.indexes = collection.indexes.filter((index) => !dropped.includes(index));
    server.catalog.save(collection, server.storage);
    for (const index of dropped) server.catalog.erase(index.ident);
    server.engine.changed(collection);
    const reply = doc({ nIndexesWas: before });
    if (body.get('index') === '*') reply.set('msg', 'non-_id indexes dropped for collection');
    return reply;
  },
};

export const listIndexes: Command = {
  fields: ['cursor', 'includeBuildUUIDs', 'includeIndexBuildInfo'],
  run(body, context) {
    const name = collectionName(body, 'listIndexes');
    const collection = requireCollection(context, context.db, name);
    const rows = collection.indexes.map(({ definition }) => new RawDoc(encode(definition)));
    return context.server.cursors.start(context, `${context.db}.${name}`, rows, cursorOptions(body));
  },
};
