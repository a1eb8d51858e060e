import type { Db, Document } from 'mongodb';
import { expect } from '@jest/globals';

let names = 0;

/** What is said of a document that a validator refuses. */
export async function refusal(db: Db, validator: Document, document: Document): Promise<Document> {
  const collection = await db.createCollection(`validated${names++}`, { validator });
  const error: unknown = await collection
    .insertOne({ _id: 7 as never, ...document })
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 121, errInfo: { failingDocumentId: 7 } });
  expect(await collection.countDocuments()).toBe(0);
  return (error as { errInfo: { details: Document } }).errInfo.details;
}
