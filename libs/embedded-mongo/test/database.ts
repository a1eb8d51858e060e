import { randomUUID } from 'node:crypto';
import { MongoClient, type Db } from 'mongodb';

/** A database of its own on the server of the test run, which may just as well be a real MongoDB. */
export async function openDatabase(): Promise<{ client: MongoClient; db: Db; close: () => Promise<void> }> {
  const client = await MongoClient.connect(process.env.PARLEY_TEST_MONGODB_URI!);
  const db = client.db(`embedded-mongo-${randomUUID()}`);
  const close = async () => {
    await db.dropDatabase();
    await client.close();
  };
  return { client, db, close };
}
