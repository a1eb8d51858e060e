// What is measured. Each operation gets a collection, its number of documents and a counter for new ids.
const text = 'x'.repeat(60);

export const nameOf = (number) => `user-${String(number).padStart(7, '0')}`;
export const documentOf = (number) => ({ _id: number, user: nameOf(number), n: 0, text });
const anyOf = (size) => Math.floor(Math.random() * size);

/** New ids lie above all others, as those of ObjectIds do. */
let lastId = 1_000_000_000;

export const operations = {
  insert: ({ collection }) => collection.insertOne(documentOf(++lastId)),
  'find by index': async ({ collection, size }) => {
    const found = await collection.findOne({ user: nameOf(anyOf(size)) });
    if (!found) throw new Error('a document is missing');
  },
  findOneAndUpdate: ({ collection, size }) =>
    collection.findOneAndUpdate({ _id: anyOf(size) }, { $inc: { n: 1 } }, { returnDocument: 'after' }),
  'transaction of 4 writes': ({ client, collection, entries, size }) =>
    client.withSession((session) =>
      session.withTransaction(async () => {
        await collection.updateOne({ _id: anyOf(size) }, { $inc: { n: -1 } }, { session });
        await entries.insertOne({ _id: ++lastId, amount: 1 }, { session });
        await collection.updateOne({ _id: anyOf(size) }, { $inc: { n: 1 } }, { session });
        await entries.insertOne({ _id: ++lastId, amount: -1 }, { session });
      }),
    ),
};

/** A collection of so many documents with an index on `user`. */
export async function fill(client, name, size) {
  const target = targetOf(client, name, size);
  const { collection } = target;
  await collection.createIndex({ user: 1 });
  const batch = 10_000;
  for (let from = 0; from < size; from += batch) {
    const documents = Array.from({ length: Math.min(batch, size - from) }, (_, i) => documentOf(from + i));
    await collection.insertMany(documents, { ordered: true });
  }
  return target;
}

export function targetOf(client, name, size) {
  const db = client.db('bench');
  return { client, collection: db.collection(name), entries: db.collection(`${name}-entries`), size };
}
