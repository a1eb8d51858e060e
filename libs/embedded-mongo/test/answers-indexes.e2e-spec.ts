import { afterEach, describe, expect, it } from '@jest/globals';
import { FreshServers } from './fresh-server.js';
import { StandingClock } from './standing-clock.js';

const servers = new FreshServers();
afterEach(() => servers.cleanUp());

describe('a partial TTL index', () => {
  it.each<[string, object, number[]]>([
    ['other field', { live: false }, [1, 3]],
    ['the same field', { at: { $gt: new Date(5) } }, [2, 4]],
  ])('lets only the documents expire that it has: filter on the %s', async (_, partialFilterExpression, left) => {
    const clock = new StandingClock();
    const { client } = await servers.start({ clock });
    const collection = client.db('d').collection<{ _id: number }>('c');
    await collection.createIndex({ at: 1 }, { expireAfterSeconds: 0, partialFilterExpression });
    await collection.insertMany([
      { _id: 1, at: new Date(10), live: true },
      { _id: 2, at: new Date(0), live: false },
      { _id: 3, at: new Date(10) },
      { _id: 4, at: new Date(0), live: false },
    ] as { _id: number }[]);
    clock.advance(61_000);
    expect((await collection.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id)).toEqual(left);
  });
});
