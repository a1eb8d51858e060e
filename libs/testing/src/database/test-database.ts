import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';

/** The server of this test run: `MONGODB_TEST_URI`, or the embedded one that the global set-up started. */
export function testMongoUri(): string {
  const uri = process.env.MONGODB_TEST_URI ?? process.env.PARLEY_TEST_MONGODB_URI;
  if (!uri) throw new Error('No test database: run the suites with `npm test` or `npm run test:mongo`.');
  return uri;
}

/** Databases for one suite alone: a prefix that no other suite uses, and a way to remove them. */
export function testDatabases(): { uri: string; prefix: string; drop(): Promise<void> } {
  const uri = testMongoUri();
  const prefix = `test_${randomBytes(6).toString('hex')}`;
  return { uri, prefix, drop: () => dropDatabases(uri, prefix) };
}

async function dropDatabases(uri: string, prefix: string): Promise<void> {
  const client = await new MongoClient(uri).connect();
  const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
  for (const { name } of databases) if (name.startsWith(prefix)) await client.db(name).dropDatabase();
  await client.close();
}
