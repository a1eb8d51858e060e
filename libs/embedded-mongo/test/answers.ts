import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { BSON, Int32, type Collection, type Db, type Document } from 'mongodb';
import { openDatabase } from './database.js';

/** Ids are numbers here, for readable expectations. */
export type Numbered = Document & { _id: number };

/** What a row expects when it is refused: the error's code, or one of several that versions of MongoDB give. */
export class Refused {
  constructor(readonly codes: readonly number[]) {}
}
export const refused = (...codes: number[]): Refused => new Refused(codes);

/** The value of a field that is not there. */
export const MISSING = Symbol('missing');

/** Values with their types, so that 1, 1.0 and NumberLong(1) differ; a number without a fraction means an int32. */
export const typed = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(BSON.EJSON.stringify(plainInts(value), { relaxed: false }));

function plainInts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainInts);
  if (typeof value === 'number' && (value | 0) === value && !Object.is(value, -0)) return new Int32(value);
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainInts(inner)]));
  return value;
}

/** Documents as they are stored: no type is turned into another one on the way. */
export const RAW = { promoteValues: false, promoteLongs: false, bsonRegExp: true } as const;

/** Checks an answer with its types and the order of its fields, or its refusal. */
export async function expectAnswer(asked: Promise<unknown>, wanted: unknown): Promise<void> {
  if (wanted instanceof Refused) {
    const code = await asked.then(
      (answer) => `answered ${BSON.EJSON.stringify(answer)}`,
      (error: { code?: unknown }) => (error.code === undefined ? error : Number(error.code)),
    );
    if (wanted.codes.length === 1) expect(code).toBe(wanted.codes[0]);
    else expect(wanted.codes).toContain(code);
    return;
  }
  expect(JSON.stringify(typed(await asked), null, 1)).toBe(JSON.stringify(typed(wanted), null, 1));
}

export interface Probes {
  db: () => Db;
  /** A new collection with these documents; those without an `_id` are numbered from 0. */
  filled: (documents: Document[]) => Promise<Collection<Numbered>>;
}

/** A database for the probes of one file. */
export function probes(): Probes {
  let db: Db;
  let close: () => Promise<void>;
  let names = 0;
  beforeAll(async () => ({ db, close } = await openDatabase()));
  afterAll(() => close());
  return {
    db: () => db,
    filled: async (documents) => {
      const collection = db.collection<Numbered>(`c${names++}`);
      if (documents.length > 0) await collection.insertMany(documents.map((document, _id) => ({ _id, ...document })));
      return collection;
    },
  };
}

/** One test for each row, named by what is in it. */
export function rows<Row extends unknown[]>(table: readonly Row[], check: (...row: Row) => Promise<void>): void {
  table.forEach((row, i) =>
    it(`${i + 1}: ${row.map(shown).join(' | ')}`, async () => {
      await check(...row);
    }),
  );
}

const shown = (part: unknown): string =>
  part instanceof Refused ? `refused with ${part.codes.join(' or ')}` : show(part).slice(0, 160);

function show(part: unknown): string {
  if (typeof part === 'symbol') return 'missing';
  if (Array.isArray(part)) return `[${part.map(show).join(', ')}]`;
  return BSON.EJSON.stringify(part) ?? 'nothing';
}
