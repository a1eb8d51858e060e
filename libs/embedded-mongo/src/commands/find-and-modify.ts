import { doc, type Doc, type Value } from '../bson/value.js';
import { failedToParse } from '../errors/mongo-error.js';
import { search } from '../planner/scan.js';
import { parseFilter } from '../query/matcher.js';
import { compileProjection } from '../query/projection.js';
import { parseSort } from '../query/sort.js';
import type { Unit } from '../storage/unit.js';
import { findCollection } from './collections-access.js';
import type { Command, CommandContext } from './command.js';
import { runStatement, statementId } from './writer.js';
import { collectionName, docField, refuseCollation } from './fields.js';
import { bypasses } from './insert.js';
import { first } from './update-one.js';
import { updateIn } from './update.js';

function remove(unit: Unit, body: Doc, context: CommandContext, filter: Doc): Doc {
  if (body.has('update')) throw failedToParse('Cannot specify both an update and remove=true');
  if (body.get('new') === true)
    throw failedToParse("Cannot specify both new=true and remove=true; 'remove' always returns the deleted document");
  if (body.get('upsert') === true) throw failedToParse('Cannot specify both upsert=true and remove=true');
  const collection = findCollection(context, context.db, collectionName(body, name(body)));
  const found = collection
    ? first(
        search(unit, collection, {
          filter,
          sort: parseSort(body.get('sort')),
          hint: body.get('hint'),
          scope: context.scope,
        }).found,
      )
    : [];
  for (const target of found) collection!.remove(unit, target);
  return doc({ lastErrorObject: doc({ n: found.length }), value: found[0]?.document ?? null });
}

const name = (body: Doc) => [...body.keys()][0]!;

function change(unit: Unit, body: Doc, context: CommandContext, filter: Doc): Doc {
  if (!body.has('update')) throw failedToParse('Either an update or remove=true must be specified');
  const request = {
    filter,
    update: body.get('update'),
    arrayFilters: body.get('arrayFilters'),
    sort: body.get('sort'),
    hint: body.get('hint'),
    multi: false,
    upsert: body.get('upsert') === true,
    bypassValidation: bypasses(body),
  };
  const result = updateIn(unit, context, context.db, collectionName(body, name(body)), request, context.scope);
  const upserted = result.upsertedId;
  const last = doc({ n: upserted !== undefined || result.matched > 0 ? 1 : 0, updatedExisting: result.matched > 0 });
  if (upserted !== undefined) last.set('upserted', upserted);
  const value = body.get('new') === true ? result.after : result.before;
  return doc({ lastErrorObject: last, value: value ?? null });
}

function projected(value: Value | undefined, body: Doc, context: CommandContext): Value {
  const fields = docField(body, 'fields') ?? docField(body, 'projection');
  if (!fields || fields.size === 0 || !(value instanceof Map)) return value ?? null;
  return compileProjection(fields, context.scope)(value);
}

export const findAndModify: Command = {
  fields: [
    'query',
    'sort',
    'remove',
    'update',
    'new',
    'fields',
    'projection',
    'upsert',
    'bypassDocumentValidation',
    'collation',
    'arrayFilters',
    'hint',
    'let',
  ],
  writes: true,
  inTransaction: true,
  async run(body, context) {
    collectionName(body, name(body));
    refuseCollation(body.get('collation'));
    const filter = parseFilter(body.get('query'), 'query');
    const { result, repeated } = await runStatement(context, statementId(body, 0), (unit) => {
      const out =
        body.get('remove') === true ? remove(unit, body, context, filter) : change(unit, body, context, filter);
      out.set('value', projected(out.get('value'), body, context));
      return out;
    });
    const reply = new Map(result);
    if (repeated) reply.set('retriedStmtId', statementId(body, 0));
    return reply;
  },
};
