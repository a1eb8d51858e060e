import { equal } from '../bson/compare.js';
import { plain, show } from '../bson/show.js';
import { doc, isDoc, type Doc, type Value } from '../bson/value.js';
import { failedToParse, MongoError } from '../errors/mongo-error.js';
import { withVariables } from '../expressions/scope.js';
import type { Docs } from '../pipeline/stage.js';
import { compileUpdatePipeline } from '../pipeline/update-pipeline.js';
import { search } from '../planner/scan.js';
import { valueAt } from '../query/path.js';
import type { Collection } from '../storage/collection.js';
import type { Unit } from '../storage/unit.js';
import { collectionForWrite } from './collections-access.js';
import type { CommandContext } from './command.js';
import { bypasses, insertOne } from './insert.js';

interface Target {
  db: string;
  name: string;
}

function targetOf(value: Value | undefined, db: string): Target {
  if (typeof value === 'string') return { db, name: value };
  if (isDoc(value) && typeof value.get('coll') === 'string')
    return { db: value.has('db') ? plain(value.get('db')) : db, name: plain(value.get('coll')) };
  throw failedToParse('a collection name, or a document of db and coll, is expected');
}

/** `$out` and `$merge`: all of it becomes visible at once, and none of it when a document is refused. */
export function writeOutput(
  context: CommandContext,
  body: Doc,
  stage: '$out' | '$merge',
  operand: Value,
  input: Docs,
): void {
  if (context.transaction)
    throw new MongoError('OperationNotSupportedInTransaction', `${stage} cannot be used in a transaction`);
  const results = [...input];
  const unit = context.server.engine.unit();
  if (stage === '$out') replaceAll(unit, context, body, targetOf(operand, context.db), results);
  else merge(unit, context, body, operand, results);
  context.server.engine.apply(unit);
}

function replaceAll(unit: Unit, context: CommandContext, body: Doc, { db, name }: Target, results: Doc[]): void {
  const collection = collectionForWrite(context, db, name);
  const { found } = search(unit, collection, { filter: doc(), sort: [], scope: context.scope });
  for (const target of [...found]) collection.remove(unit, target);
  for (const document of results) insertOne(unit, collection, document, bypasses(body));
}

function merge(unit: Unit, context: CommandContext, body: Doc, operand: Value, results: Doc[]): void {
  const spec = isDoc(operand) ? operand : doc({ into: operand });
  for (const key of spec.keys())
    if (!['into', 'on', 'let', 'whenMatched', 'whenNotMatched'].includes(key))
      throw new MongoError('IDLUnknownField', `BSON field '$merge.${key}' is an unknown field.`);
  const { db, name } = targetOf(spec.get('into'), context.db);
  const collection = collectionForWrite(context, db, name);
  const on = onFields(spec.get('on'), collection);
  for (const document of results) mergeOne(unit, context, body, collection, spec, on, document);
}

function onFields(value: Value | undefined, collection: Collection): string[] {
  const fields = value === undefined ? ['_id'] : Array.isArray(value) ? value.map(plain) : [plain(value)];
  const unique = collection.indexes.some(
    (index) => index.unique && equal([...index.key.keys()].sort(), [...fields].sort()),
  );
  if (!unique) throw new MongoError(51183, 'Cannot find index to verify that join fields will be unique');
  return fields;
}

function mergeOne(
  unit: Unit,
  context: CommandContext,
  body: Doc,
  collection: Collection,
  spec: Doc,
  on: string[],
  document: Doc,
): void {
  const filter: Doc = new Map(on.map((field) => [field, doc({ $eq: valueAt(document, field.split('.')) ?? null })]));
  const usable = on.every((field) => field === '_id' || valueAt(document, field.split('.')) !== undefined);
  if (!usable)
    throw new MongoError(51132, "$merge write error: 'on' field cannot be missing, null, undefined or an array");
  const [target] =
    on.includes('_id') && !document.has('_id')
      ? []
      : [...search(unit, collection, { filter, sort: [], scope: context.scope }).found];
  if (!target) return notMatched(unit, body, collection, plain(spec.get('whenNotMatched') ?? 'insert'), document);
  const changed = matched(context, spec, target.document, document);
  if (changed) collection.update(unit, target, changed, !bypasses(body));
}

function notMatched(unit: Unit, body: Doc, collection: Collection, action: string, document: Doc): void {
  if (action === 'discard') return;
  if (action === 'fail')
    throw new MongoError(
      13113,
      '$merge could not find a matching document in the target collection for at least one document in the source collection',
    );
  if (action !== 'insert') throw failedToParse(`unknown whenNotMatched of $merge: ${action}`);
  insertOne(unit, collection, document, bypasses(body));
}

function matched(context: CommandContext, spec: Doc, before: Doc, document: Doc): Doc | undefined {
  const action = spec.get('whenMatched') ?? 'merge';
  if (Array.isArray(action)) return custom(context, spec, action, before, document);
  if (action === 'keepExisting') return undefined;
  if (action === 'fail') throw duplicate(before);
  const id = before.get('_id')!;
  if (action !== 'merge' && action !== 'replace')
    throw failedToParse(`unknown whenMatched of $merge: ${plain(action)}`);
  const given = document.get('_id');
  if (given !== undefined && !equal(given, id))
    throw new MongoError(
      'ImmutableField',
      '$merge failed to update the matching document, did you attempt to modify the _id or the shard key?',
    );
  return new Map([...(action === 'merge' ? before : doc({ _id: id })), ...document]);
}

function custom(context: CommandContext, spec: Doc, pipeline: Value[], before: Doc, document: Doc): Doc {
  if (spec.has('let')) throw new MongoError('CommandNotSupported', 'let in $merge is not supported');
  const scope = withVariables(context.scope, [['new', document]]);
  return new Map([['_id', before.get('_id')!], ...compileUpdatePipeline(pipeline, scope)(before)]);
}

function duplicate(before: Doc): MongoError {
  const id = before.get('_id')!;
  return new MongoError(
    'DuplicateKey',
    `PlanExecutor error during aggregation :: caused by :: E11000 duplicate key error dup key: { _id: ${show(id)} }`,
    {
      details: { keyPattern: doc({ _id: 1 }), keyValue: doc({ _id: id }) },
    },
  );
}
