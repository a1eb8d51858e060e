import { doc, isNumeric, toNumber, type Doc, type Value } from '../bson/value.js';
import { failedToParse, MongoError } from '../errors/mongo-error.js';
import type { Scope } from '../expressions/scope.js';
import { search } from '../planner/scan.js';
import { parseFilter } from '../query/matcher.js';
import type { Collection } from '../storage/collection.js';
import type { Unit } from '../storage/unit.js';
import { findCollection } from './collections-access.js';
import type { Command } from './command.js';
import { collectionName, listOf, refuseCollation } from './fields.js';
import { first } from './update-one.js';
import { count } from './update.js';
import { reply, runStatements } from './writer.js';

const FIELDS = new Set(['q', 'limit', 'collation', 'hint', 'sampleId']);

export interface DeleteRequest {
  filter: Doc;
  hint: Value | undefined;
  multi: boolean;
}

export function runDelete(
  unit: Unit,
  collection: Collection,
  { filter, hint, multi }: DeleteRequest,
  scope: Scope,
): number {
  const { found } = search(unit, collection, { filter, sort: [], hint, scope });
  const targets = multi ? [...found] : first(found);
  for (const target of targets) collection.remove(unit, target);
  return targets.length;
}

function parse(statement: Doc): DeleteRequest {
  for (const key of statement.keys())
    if (!FIELDS.has(key))
      throw new MongoError('IDLUnknownField', `BSON field 'delete.deletes.${key}' is an unknown field.`);
  refuseCollation(statement.get('collation'));
  const limit = statement.get('limit');
  if (!isNumeric(limit) || (toNumber(limit) !== 0 && toNumber(limit) !== 1))
    throw failedToParse('The limit field in delete objects must be 0 or 1.');
  return { filter: parseFilter(statement.get('q'), 'q'), hint: statement.get('hint'), multi: toNumber(limit) === 0 };
}

export const deleteCommand: Command = {
  fields: ['deletes', 'ordered', 'let'],
  writes: true,
  inTransaction: true,
  async run(body, context) {
    const name = collectionName(body, 'delete');
    const requests = listOf(body, 'deletes').map(parse);
    if (context.txnNumber !== undefined && requests.some(({ multi }) => multi))
      throw new MongoError('InvalidOptions', 'Cannot use retryable writes with limit=0');
    const outcome = await runStatements(
      context,
      body,
      requests.length,
      (unit, index) => {
        const collection = findCollection(context, context.db, name) ?? context.server.catalog.make(context.db, name);
        return doc({ n: runDelete(unit, collection, requests[index]!, context.scope) });
      },
      (total, result) => (total.n += count(result, 'n')),
    );
    return reply(outcome, false);
  },
};
