import { doc, isDoc, isNumeric, toNumber, type Doc } from '../bson/value.js';
import { failedToParse, MongoError } from '../errors/mongo-error.js';
import { withVariables, type Scope } from '../expressions/scope.js';
import { compileExpression } from '../expressions/compile.js';
import { parseFilter } from '../query/matcher.js';
import { collectionForWrite, findCollection } from './collections-access.js';
import type { Command, CommandContext } from './command.js';
import { collectionName, listOf, refuseCollation } from './fields.js';
import { bypasses } from './insert.js';
import { runUpdate, type UpdateRequest, type UpdateResult } from './update-one.js';
import { reply, runStatements } from './writer.js';
import type { Unit } from '../storage/unit.js';

const FIELDS = new Set([
  'q',
  'u',
  'c',
  'multi',
  'upsert',
  'collation',
  'arrayFilters',
  'hint',
  'sort',
  'upsertSupplied',
  'sampleId',
]);

export function parseUpdate(statement: Doc, body: Doc): UpdateRequest {
  for (const key of statement.keys())
    if (!FIELDS.has(key))
      throw new MongoError('IDLUnknownField', `BSON field 'update.updates.${key}' is an unknown field.`);
  refuseCollation(statement.get('collation'));
  if (statement.has('c') && !Array.isArray(statement.get('u')))
    throw new MongoError(51198, 'Constant values may only be specified for pipeline updates');
  const multi = statement.get('multi') === true;
  if (multi && statement.has('sort')) throw failedToParse('Cannot specify sort with multi=true');
  return {
    filter: parseFilter(statement.get('q'), 'q'),
    update: statement.get('u'),
    arrayFilters: statement.get('arrayFilters'),
    sort: statement.get('sort'),
    hint: statement.get('hint'),
    multi,
    upsert: statement.get('upsert') === true,
    bypassValidation: bypasses(body),
  };
}

/** The constants that a single statement brings for its pipeline. */
export function withConstants(scope: Scope, constants: unknown): Scope {
  if (!isDoc(constants)) return scope;
  return withVariables(
    scope,
    [...constants].map(([name, value]) => [name, compileExpression(value, scope)(scope)] as const),
  );
}

/** Runs an update where its collection may not exist yet: only an upsert makes it. */
export function updateIn(
  unit: Unit,
  context: CommandContext,
  db: string,
  name: string,
  request: UpdateRequest,
  scope: Scope,
): UpdateResult {
  const collection = request.upsert ? collectionForWrite(context, db, name) : findCollection(context, db, name);
  if (collection) return runUpdate(unit, collection, request, scope);
  return runUpdate(unit, context.server.catalog.make(db, name), request, scope);
}

export const update: Command = {
  fields: ['updates', 'ordered', 'bypassDocumentValidation', 'let'],
  writes: true,
  inTransaction: true,
  async run(body, context) {
    const name = collectionName(body, 'update');
    const statements = listOf(body, 'updates');
    if (context.txnNumber !== undefined && statements.some((statement) => statement.get('multi') === true))
      throw new MongoError('InvalidOptions', 'Cannot use retryable writes with multi=true');
    const outcome = await runStatements(
      context,
      body,
      statements.length,
      (unit, index) => {
        const statement = statements[index]!;
        const result = updateIn(
          unit,
          context,
          context.db,
          name,
          parseUpdate(statement, body),
          withConstants(context.scope, statement.get('c')),
        );
        return doc({ n: result.matched, nModified: result.modified, upsertedId: result.upsertedId });
      },
      (total, result, index) => {
        total.n += count(result, 'n');
        total.nModified += count(result, 'nModified');
        if (!result.has('upsertedId')) return;
        total.n += 1;
        total.upserted.push(doc({ index, _id: result.get('upsertedId') }));
      },
    );
    return reply(outcome, true);
  },
};

export const count = (result: Doc, field: string): number => {
  const value = result.get(field);
  return isNumeric(value) ? toNumber(value) : 0;
};
