import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testDatabases } from '@parley/testing';
import { type Db, MongoClient } from 'mongodb';
import { DatabaseGuard } from './database-guard.js';

describe('a user with readWrite on one database', () => {
  const databases = testDatabases();
  const own = `${databases.prefix}_own`;
  const other = `${databases.prefix}_other`;
  let guard: DatabaseGuard;
  let client: MongoClient;

  beforeAll(async () => {
    guard = await DatabaseGuard.start(databases.uri, own);
    guard.granted.add('collMod');
    client = await MongoClient.connect(guard.uri);
    await client.db(own).collection('c').insertOne({ n: 1 });
  });
  afterAll(async () => {
    await client.close();
    await guard.stop();
    await databases.drop();
  });

  it.each<[string, (db: Db) => Promise<unknown>]>([
    ['reads and writes', (db) => db.collection('c').updateOne({ n: 1 }, { $set: { m: 1 } })],
    ['makes collections and indexes', (db) => db.collection('d').createIndex({ n: 1 })],
    ['uses a privilege of its own', (db) => db.command({ collMod: 'c', validator: {} })],
    ['adds up', (db) => db.collection('c').aggregate([{ $group: { _id: null, n: { $sum: '$n' } } }]).toArray()], // prettier-ignore
    ['commits', (db) => client.withSession((session) => session.withTransaction(() => db.collection('c').insertOne({ n: 2 }, { session })))], // prettier-ignore
  ])('%s there', async (_name, run) => {
    await expect(run(client.db(own))).resolves.toBeDefined();
  });

  it.each<[string, (db: Db) => Promise<unknown>]>([
    ['reads another database', () => client.db(other).collection('c').findOne()],
    ['writes into another database', () => client.db(other).collection('c').insertOne({ n: 1 })],
    ['uses its privilege on another database', () => client.db(other).command({ collMod: 'c', validator: {} })],
    ['copies into another database', (db) => db.collection('c').aggregate([{ $out: { db: other, coll: 'c' } }]).toArray()], // prettier-ignore
    ['drops its database', (db) => db.dropDatabase()],
    ['drops a collection, which no service does', (db) => db.collection('c').drop()],
    ['goes past a validator', (db) => db.collection('c').insertOne({ n: 1 }, { bypassDocumentValidation: true })],
    ['lists the databases', () => client.db('admin').command({ listDatabases: 1 })],
    ['asks how the server is', () => client.db('admin').command({ serverStatus: 1 })],
    ['sets up the replica set', () => client.db('admin').command({ replSetInitiate: {} })],
    ['makes users', (db) => db.command({ createUser: 'x', pwd: 'y', roles: [] })],
  ])('is refused when it %s', async (_name, run) => {
    await expect(run(client.db(own))).rejects.toMatchObject({ code: 13, codeName: 'Unauthorized' });
  });
});
