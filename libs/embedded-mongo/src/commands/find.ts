import { RawDoc } from '../bson/encode.js';
import type { Doc } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { isPause, PAUSE } from '../pace.js';
import { compileFilter, parseFilter } from '../query/matcher.js';
import { compileProjection } from '../query/projection.js';
import { parseSort } from '../query/sort.js';
import { search, type Found } from '../planner/scan.js';
import { collectionToRead } from './collections-access.js';
import { viewOf, type Command, type CommandContext } from './command.js';
import { encodedRows } from './cursors.js';
import { collectionName, docField, refuseCollation, wholeNumber } from './fields.js';

const REFUSED = ['min', 'max', 'tailable', 'awaitData', 'returnKey', 'showRecordId'];

function* cut(found: Iterable<Found>, skip: number, limit: number): Iterable<Found> {
  let seen = 0;
  for (const item of found) {
    if (isPause(item)) {
      yield item;
      continue;
    }
    if (seen++ < skip) continue;
    yield item;
    if (limit > 0 && seen - skip >= limit) return;
  }
}

function* raw(found: Iterable<Found>): Iterable<RawDoc> {
  for (const item of found) yield isPause(item) ? PAUSE : new RawDoc(item.bytes);
}

function* projected(found: Iterable<Found>, project: (document: Doc) => Doc): Iterable<Doc> {
  for (const item of found) yield isPause(item) ? PAUSE : project(item.document);
}

export const find: Command = {
  fields: [
    'filter',
    'sort',
    'projection',
    'hint',
    'skip',
    'limit',
    'batchSize',
    'singleBatch',
    'noCursorTimeout',
    'allowDiskUse',
    'allowPartialResults',
    'collation',
    'let',
    'ntoreturn',
    'oplogReplay',
    ...REFUSED,
  ],
  inTransaction: true,
  run(body, context: CommandContext) {
    const name = collectionName(body, 'find');
    refuseCollation(body.get('collation'));
    for (const option of REFUSED)
      if (body.has(option) && body.get(option) !== false)
        throw new MongoError('CommandNotSupported', `the option ${option} of find is not supported`);
    const filter = parseFilter(body.get('filter'), 'filter');
    const sort = parseSort(body.get('sort'));
    const projection = docField(body, 'projection');
    const project = projection && projection.size > 0 ? compileProjection(projection, context.scope) : undefined;
    const [skip, limit] = [wholeNumber(body, 'skip', 0), wholeNumber(body, 'limit', 0)];
    const batchSize = body.has('batchSize') ? wholeNumber(body, 'batchSize', 0) : undefined;
    const collection = collectionToRead(context, name);
    const { scope, pace } = context;
    // Also where there is nothing to find, a filter that makes no sense is refused.
    if (!collection) compileFilter(filter, context.scope);
    const all = collection
      ? search(viewOf(context), collection, { filter, sort, hint: body.get('hint'), scope, pace }).found
      : [];
    const found = skip > 0 || limit > 0 ? cut(all, skip, limit) : all;
    const rows = project ? encodedRows(projected(found, project)) : raw(found);
    return context.server.cursors.start(context, `${context.db}.${name}`, rows, {
      batchSize,
      single: body.get('singleBatch') === true,
      noTimeout: body.get('noCursorTimeout') === true,
    });
  },
};

export const getMore: Command = {
  fields: ['collection', 'batchSize', 'term', 'lastKnownCommittedOpTime'],
  inTransaction: true,
  run(body, context) {
    const namespace = `${context.db}.${collectionName(body, 'collection')}`;
    return context.server.cursors.more(context, body.get('getMore'), namespace, wholeNumber(body, 'batchSize', 0));
  },
};

export const killCursors: Command = {
  fields: ['cursors'],
  inTransaction: true,
  run: (body, context) => context.server.cursors.kill(body.get('cursors')),
};
