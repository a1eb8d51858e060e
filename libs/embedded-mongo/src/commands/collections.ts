import { plain } from '../bson/show.js';
import { Binary } from 'bson';
import { equal } from '../bson/compare.js';
import { encode, RawDoc } from '../bson/encode.js';
import { doc, isDoc, isNumeric, toNumber, type Doc, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { buildIndex, indexDefinition } from '../indexes/index-options.js';
import { ID_INDEX } from '../indexes/index-description.js';
import { compileFilter, parseFilter } from '../query/matcher.js';
import type { Collection } from '../storage/collection.js';
import { compileValidator } from '../storage/validation.js';
import { createCollection, findCollection, requireCollection } from './collections-access.js';
import type { Command, CommandContext } from './command.js';
import { cursorOptions } from './cursors.js';
import { collectionName, refuseCollation } from './fields.js';

const KEPT = ['validator', 'validationLevel', 'validationAction'];
/** Accepted when they say what is the case anyway. */
const HARMLESS = [
  'autoIndexId',
  'idIndex',
  'storageEngine',
  'indexOptionDefaults',
  'collation',
  'capped',
  'changeStreamPreAndPostImages',
  'flags',
];
const REFUSED = [
  'size',
  'max',
  'viewOn',
  'pipeline',
  'timeseries',
  'expireAfterSeconds',
  'clusteredIndex',
  'encryptedFields',
  'temp',
];

function optionsOf(body: Doc): Doc {
  const options: Doc = new Map();
  for (const option of KEPT) if (body.has(option)) options.set(option, body.get(option)!);
  const level = options.get('validationLevel');
  if (level !== undefined && !['off', 'strict', 'moderate'].includes(level as string))
    throw new MongoError('BadValue', `invalid validation level: ${plain(level)}`);
  if (level === 'moderate') throw new MongoError('CommandNotSupported', 'validationLevel moderate is not supported');
  const action = options.get('validationAction');
  if (action !== undefined && !['error', 'warn'].includes(action as string))
    throw new MongoError('BadValue', `invalid validation action: ${plain(action)}`);
  return options;
}

const create: Command = {
  fields: [...KEPT, ...HARMLESS, ...REFUSED],
  writes: true,
  inTransaction: true,
  run(body, context) {
    const name = collectionName(body, 'create');
    refuseCollation(body.get('collation'));
    const images = body.get('changeStreamPreAndPostImages');
    const refused =
      REFUSED.find((option) => body.has(option)) ??
      (body.get('capped') === true ? 'capped' : undefined) ??
      (isDoc(images) && images.get('enabled') === true ? 'changeStreamPreAndPostImages' : undefined);
    if (refused) throw new MongoError('CommandNotSupported', `the option ${refused} of create is not supported`);
    const options = optionsOf(body);
    const found = findCollection(context, context.db, name);
    if (found) {
      if (equal(found.options, options)) return doc();
      throw new MongoError(
        'NamespaceExists',
        `namespace ${context.db}.${name} already exists, but with different options`,
      );
    }
    createCollection(context, context.db, name, options);
    return doc();
  },
};

function modifyIndex(context: CommandContext, collection: Collection, change: Value): Doc {
  if (!isDoc(change)) throw new MongoError('TypeMismatch', 'collMod.index must be an object');
  const wanted = collection.indexes.find(
    (index) =>
      index.name === change.get('name') ||
      (isDoc(change.get('keyPattern')) && equal(index.key, change.get('keyPattern'))),
  );
  if (!wanted) throw new MongoError('IndexNotFound', 'cannot find index for collMod');
  for (const key of change.keys())
    if (!['name', 'keyPattern', 'expireAfterSeconds', 'hidden'].includes(key))
      throw new MongoError('CommandNotSupported', `collMod of index.${key} is not supported`);
  if (wanted.name === ID_INDEX) throw new MongoError('BadValue', 'cannot modify the _id index');
  const merged = new Map(wanted.definition);
  const reply: Doc = new Map();
  for (const option of ['expireAfterSeconds', 'hidden']) {
    if (!change.has(option)) continue;
    if (merged.has(option) || option === 'hidden') reply.set(`${option}_old`, merged.get(option) ?? false);
    reply.set(`${option}_new`, change.get(option)!);
    merged.set(option, change.get(option)!);
  }
  const rebuilt = buildIndex(indexDefinition(wanted.key, wanted.name, merged), wanted.ident, () =>
    context.server.clock.now(),
  );
  rebuilt.multikey = rebuilt.savedMultikey = wanted.multikey;
  collection.indexes = collection.indexes.map((index) => (index === wanted ? rebuilt : index));
  return reply;
}

const collMod: Command = {
  fields: [...KEPT, 'index', 'changeStreamPreAndPostImages', 'viewOn', 'pipeline', 'expireAfterSeconds', 'timeseries'],
  writes: true,
  run(body, context) {
    const { server } = context;
    const collection = requireCollection(context, context.db, collectionName(body, 'collMod'));
    for (const option of ['changeStreamPreAndPostImages', 'viewOn', 'pipeline', 'expireAfterSeconds', 'timeseries'])
      if (body.has(option))
        throw new MongoError('CommandNotSupported', `the option ${option} of collMod is not supported`);
    server.engine.refuseTouched(collection);
    const options = new Map([...collection.options, ...optionsOf(body)]);
    const validate = compileValidator(options, () => server.clock.now());
    const reply = body.has('index') ? modifyIndex(context, collection, body.get('index')!) : doc();
    collection.options = options;
    if (validate) collection.validate = validate;
    else delete collection.validate;
    server.catalog.save(collection, server.storage);
    server.engine.changed(collection);
    return reply;
  },
};

const drop: Command = {
  fields: [],
  writes: true,
  run(body, context) {
    const { server } = context;
    const name = collectionName(body, 'drop');
    const collection = server.catalog.find(context.db, name);
    if (!collection) return doc();
    server.engine.refuseTouched(collection);
    const nIndexesWas = collection.indexes.length;
    server.catalog.drop(collection, server.storage);
    server.engine.changed(collection);
    return doc({ nIndexesWas, ns: collection.namespace });
  },
};

const dropDatabase: Command = {
  fields: [],
  writes: true,
  run(_body, { server, db }) {
    const collections = server.catalog.in(db);
    for (const collection of collections) server.engine.refuseTouched(collection);
    for (const collection of collections) {
      server.catalog.drop(collection, server.storage);
      server.engine.changed(collection);
    }
    return collections.length > 0 ? doc({ dropped: db }) : doc();
  },
};

function described(collection: Collection, nameOnly: boolean): Doc {
  const out = doc({ name: collection.name, type: 'collection' });
  if (nameOnly) return out;
  out.set('options', collection.options);
  out.set('info', doc({ readOnly: false, uuid: new Binary(collection.uuid.buffer, Binary.SUBTYPE_UUID) }));
  out.set('idIndex', collection.indexes[0]!.definition);
  return out;
}

const listCollections: Command = {
  fields: ['filter', 'nameOnly', 'cursor', 'authorizedCollections'],
  run(body, context) {
    const { server, db, scope } = context;
    const matches = compileFilter(parseFilter(body.get('filter'), 'filter'), scope);
    const found = server.catalog.in(db).filter((collection) => matches(described(collection, false)));
    const rows = found.map((collection) => new RawDoc(encode(described(collection, body.get('nameOnly') === true))));
    return server.cursors.start(context, `${db}.$cmd.listCollections`, rows, cursorOptions(body));
  },
};

const listDatabases: Command = {
  fields: ['filter', 'nameOnly', 'authorizedDatabases'],
  run(body, { server, scope }) {
    const matches = compileFilter(parseFilter(body.get('filter'), 'filter'), scope);
    const names = [...new Set(server.catalog.all().map(({ db }) => db))];
    const databases = names.map((name) => doc({ name, sizeOnDisk: 0n, empty: false })).filter(matches);
    if (body.get('nameOnly') === true)
      return doc({ databases: databases.map((database) => doc({ name: database.get('name') })) });
    return doc({ databases, totalSize: 0n, totalSizeMb: 0n });
  },
};

export const COLLECTION_COMMANDS: Readonly<Record<string, Command>> = {
  create,
  collMod,
  drop,
  dropDatabase,
  listCollections,
  listDatabases,
};
export { isNumeric, toNumber };
