import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import mongoose, { Schema, type Connection, type Types } from 'mongoose';

interface Author {
  name: string;
  email?: string;
}

interface Book {
  title: string;
  author: Types.ObjectId;
  tags: string[];
  chapters: { name: string; pages: number }[];
  createdAt: Date;
  updatedAt: Date;
}

const authorSchema = new Schema<Author>({ name: { type: String, required: true }, email: String });
authorSchema.index({ email: 1 }, { unique: true, sparse: true });

const bookSchema = new Schema<Book>(
  {
    title: { type: String, required: true },
    author: { type: Schema.Types.ObjectId, ref: 'Author' },
    tags: [String],
    chapters: [{ name: String, pages: Number }],
  },
  { timestamps: true, optimisticConcurrency: true },
);
bookSchema.index({ author: 1, title: 1 }, { unique: true });

let connection: Connection;
const open = () => {
  const authors = connection.model<Author>('Author', authorSchema);
  return { authors, books: connection.model<Book>('Book', bookSchema) };
};
let models: ReturnType<typeof open>;

beforeAll(async () => {
  const uri = process.env.PARLEY_TEST_MONGODB_URI!;
  connection = await mongoose.createConnection(uri, { dbName: `mongoose-${randomUUID()}` }).asPromise();
  models = open();
  await Promise.all([models.authors.init(), models.books.init()]);
});
afterAll(async () => {
  await connection.dropDatabase();
  await connection.close();
});

const author = (name: string) => models.authors.create({ name });

describe('mongoose', () => {
  it('builds its indexes at start, and again at the next start', async () => {
    await models.books.syncIndexes();
    await models.books.ensureIndexes();
    const indexes = await models.books.listIndexes();
    expect(indexes.map(({ name, key, unique }) => ({ name: name as string, key, unique: unique as boolean }))).toEqual([
      { name: '_id_', key: { _id: 1 }, unique: undefined },
      { name: 'author_1_title_1', key: { author: 1, title: 1 }, unique: true },
    ]);
    expect(await models.books.diffIndexes()).toEqual({ toDrop: [], toCreate: [] });
  });

  it('refuses a second document with a unique key, and many without the key', async () => {
    await models.authors.create([{ name: 'A' }, { name: 'B' }, { name: 'C', email: 'c@example.org' }]);
    await expect(models.authors.create({ name: 'D', email: 'c@example.org' })).rejects.toMatchObject({
      name: 'MongoServerError',
      code: 11000,
      keyPattern: { email: 1 },
      keyValue: { email: 'c@example.org' },
    });
  });

  it('keeps the times of creation and of the last change', async () => {
    const writer = await author('times');
    const book = await models.books.create({ title: 'times', author: writer._id });
    expect(book.updatedAt).toEqual(book.createdAt);
    const changed = await models.books.findOneAndUpdate(
      { _id: book._id },
      { tags: ['new'] },
      { returnDocument: 'after' },
    );
    expect(changed!.createdAt).toEqual(book.createdAt);
    expect(changed!.updatedAt.getTime()).toBeGreaterThanOrEqual(book.updatedAt.getTime());
    const { upsertedId } = await models.books.updateOne({ title: 'upserted' }, { tags: [] }, { upsert: true });
    expect(await models.books.findById(upsertedId)).toMatchObject({
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
      __v: 0,
    });
  });

  it('populates references, also in plain objects', async () => {
    const writer = await author('populated');
    await models.books.create([
      { title: 'one', author: writer._id, tags: ['x', 'y'] },
      { title: 'two', author: writer._id },
    ]);
    const books = await models.books
      .find({ author: writer._id })
      .sort('-title')
      .populate<{ author: Author }>('author', 'name')
      .lean();
    expect(books.map(({ title, author: { name } }) => [title, name])).toEqual([
      ['two', 'populated'],
      ['one', 'populated'],
    ]);
    expect(Object.getPrototypeOf(books[0])).toBe(Object.prototype);
  });

  it('refuses to save over a change that it has not seen', async () => {
    const { _id } = await models.books.create({ title: 'versions', chapters: [{ name: 'a', pages: 1 }] });
    const [first, second] = [await models.books.findById(_id), await models.books.findById(_id)];
    first!.chapters.push({ name: 'b', pages: 2 });
    await first!.save();
    second!.chapters[0]!.pages = 9;
    await expect(second!.save()).rejects.toMatchObject({ name: 'VersionError' });
    expect(await models.books.findById(_id).lean()).toMatchObject({
      __v: 1,
      chapters: [
        { name: 'a', pages: 1 },
        { name: 'b', pages: 2 },
      ],
    });
  });

  it('does all of a transaction or nothing, and tries again what conflicted', async () => {
    const writer = await author('transactions');
    const failing = connection.transaction(async (session) => {
      await models.books.create([{ title: 'never', author: writer._id }], { session });
      await models.authors.updateOne({ _id: writer._id }, { name: 'never' }, { session });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await models.books.exists({ title: 'never' })).toBeNull();
    expect((await models.authors.findById(writer._id))!.name).toBe('transactions');

    const count = async () => {
      await connection.transaction(async (session) => {
        const found = await models.authors.findById(writer._id).session(session);
        await models.authors.updateOne({ _id: writer._id }, { name: `${found!.name}+` }, { session });
      });
    };
    await Promise.all([count(), count(), count(), count()]);
    expect((await models.authors.findById(writer._id))!.name).toBe('transactions++++');
  });

  it('writes in bulk and says what went wrong', async () => {
    const writer = await author('bulk');
    const result = await models.books.bulkWrite([
      { insertOne: { document: { title: 'b1', author: writer._id } as Book } },
      { insertOne: { document: { title: 'b2', author: writer._id } as Book } },
      { updateOne: { filter: { title: 'b1', author: writer._id }, update: { $push: { tags: 'bulk' } } } },
      { updateOne: { filter: { title: 'b3', author: writer._id }, update: { tags: [] }, upsert: true } },
      { deleteOne: { filter: { title: 'b2', author: writer._id } } },
    ]);
    expect(result).toMatchObject({
      insertedCount: 2,
      matchedCount: 1,
      modifiedCount: 1,
      upsertedCount: 1,
      deletedCount: 1,
    });
    const twice = models.books.insertMany(
      [
        { title: 'b1', author: writer._id },
        { title: 'b4', author: writer._id },
      ],
      { ordered: false },
    );
    await expect(twice).rejects.toMatchObject({ code: 11000, writeErrors: [{ err: { index: 0, code: 11000 } }] });
    const titles = await models.books.find({ author: writer._id }).sort('title').distinct('title');
    expect(titles).toEqual(['b1', 'b3', 'b4']);
  });

  it('reads through cursors, batch by batch', async () => {
    const writer = await author('cursors');
    await models.books.insertMany(Array.from({ length: 250 }, (_, i) => ({ title: `c${i}`, author: writer._id })));
    const titles: string[] = [];
    for await (const { title } of models.books
      .find({ author: writer._id })
      .sort('_id')
      .lean()
      .cursor({ batchSize: 40 }))
      titles.push(title);
    expect(titles).toEqual(Array.from({ length: 250 }, (_, i) => `c${i}`));
    const grouped = await models.books.aggregate<{ n: number }>([
      { $match: { author: writer._id } },
      { $group: { _id: '$author', n: { $sum: 1 } } },
    ]);
    expect(grouped).toEqual([{ _id: writer._id, n: 250 }]);
  });
});
