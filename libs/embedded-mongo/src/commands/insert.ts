import { ObjectId } from 'bson';
import { doc, isDoc, typeName, type Doc } from '../bson/value.js';
import { badValue, MongoError } from '../errors/mongo-error.js';
import type { Collection } from '../storage/collection.js';
import type { Unit } from '../storage/unit.js';
import { collectionForWrite } from './collections-access.js';
import type { Command, CommandContext } from './command.js';
import { collectionName, listOf } from './fields.js';
import { reply, runStatements } from './writer.js';

/** A document to be stored: with an `_id`, and that in front. */
export function withId(document: Doc): Doc {
  const id = document.get('_id');
  if (Array.isArray(id)) throw new MongoError('InvalidIdField', "The '_id' value cannot be of type array");
  const kind = typeName(id);
  if (kind === 'regex') throw new MongoError('InvalidIdField', `The '_id' value cannot be of type ${kind}`);
  if (isDoc(id) && [...id.keys()].some((key) => key.startsWith('$')))
    throw new MongoError('DollarPrefixedFieldName', "_id fields may not contain '$'-prefixed fields");
  const [first] = document.keys();
  if (first === '_id') return document;
  const out: Doc = new Map([['_id', id ?? new ObjectId()]]);
  for (const [key, value] of document) if (key !== '_id') out.set(key, value);
  return out;
}

export function insertOne(unit: Unit, collection: Collection, document: Doc, bypassValidation: boolean): Doc {
  const ready = withId(document);
  collection.insert(unit, ready, !bypassValidation);
  return ready;
}

export const bypasses = (body: Doc): boolean => body.get('bypassDocumentValidation') === true;

export const insert: Command = {
  fields: ['documents', 'ordered', 'bypassDocumentValidation'],
  writes: true,
  inTransaction: true,
  async run(body, context: CommandContext) {
    const name = collectionName(body, 'insert');
    const documents = listOf(body, 'documents');
    if (name.startsWith('system.')) throw badValue(`cannot write to ${context.db}.${name}`);
    const outcome = await runStatements(
      context,
      body,
      documents.length,
      (unit, index) => {
        insertOne(unit, collectionForWrite(context, context.db, name), documents[index]!, bypasses(body));
        return doc({ n: 1 });
      },
      (total) => (total.n += 1),
    );
    return reply(outcome, false);
  },
};
