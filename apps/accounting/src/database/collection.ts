import type { Model, Schema } from 'mongoose';

/** A collection whose documents the database itself checks: the last line of defence behind the code's own guards. */
export interface Collection {
  /** The name of its model. */
  name: string;
  schema: Schema;
  validator: Readonly<Record<string, unknown>>;
  /** What earlier versions have stored and nothing needs any more: removed at the start, by an index. */
  obsolete?: Readonly<Record<string, unknown>>;
}

/** Options of every schema here: the collection is made by `prepareCollection`, and updates are never `doc.save()`. */
export const schemaOptions = (collection: string) =>
  ({ collection, versionKey: false, autoCreate: false, autoIndex: false, strict: 'throw' }) as const;

export const long = { bsonType: 'long' };
export const notNegativeLong = { bsonType: 'long', minimum: 0 };
export const counter = { bsonType: ['int', 'long'], minimum: 0 };
export const text = { bsonType: 'string' };
export const date = { bsonType: 'date' };

const changes = [
  'updateOne',
  'updateMany',
  'replaceOne',
  'findOneAndUpdate',
  'findOneAndReplace',
  'deleteOne',
  'deleteMany',
  'findOneAndDelete',
] as const;

/** What was written once stays as it is: no operation of this schema's model changes or removes a document. */
export function appendOnly(schema: Schema): void {
  schema.pre([...changes], () => {
    throw new Error('this collection is append-only');
  });
}

const namespaceExists = 48;

/** Creates a collection with its validator, or gives an existing one today's validator; then its indexes; then removes what is obsolete. */
export async function prepareCollection(
  model: Model<never>,
  { validator, obsolete }: Pick<Collection, 'validator' | 'obsolete'>,
): Promise<void> {
  const rules = { validator, validationLevel: 'strict', validationAction: 'error' } as const;
  const { db } = model;
  try {
    await db.db!.createCollection(model.collection.collectionName, rules);
  } catch (error) {
    if ((error as { code?: unknown }).code !== namespaceExists) throw error;
    await db.db!.command({ collMod: model.collection.collectionName, ...rules });
  }
  await model.createIndexes();
  if (obsolete) await model.collection.deleteMany(obsolete);
}
