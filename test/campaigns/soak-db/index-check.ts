import { isDeepStrictEqual } from 'node:util';
import type { Document } from 'bson';
import type { WireClient } from '../database/wire-client.js';
import { DB, readAll } from './collections.js';

const SAMPLES = 12;

interface Index {
  name: string;
  key: Document;
  sparse?: boolean;
  partialFilterExpression?: Document;
}

/** Compares what each index of a collection finds with what reading all documents finds. @returns the number of checks */
export async function checkIndexes(client: WireClient, name: string, fault: (text: string) => void): Promise<number> {
  const all = await readAll(client, name, { hint: { $natural: 1 } });
  const { cursor } = await client.run({ listIndexes: name, $db: DB });
  const { n } = await client.run({ count: name, query: {}, $db: DB });
  if (n !== all.length) fault(`${name} counts ${n} documents and has ${all.length}`);
  let checks = 1;
  for (const index of (cursor as { firstBatch: Index[] }).firstBatch) {
    for (const [filter, wanted] of questionsFor(index, all)) {
      const found = await readAll(client, name, { filter, hint: index.name });
      if (!isDeepStrictEqual(idsOf(found), idsOf(wanted)))
        fault(`${name}.${index.name} finds ${found.length} of ${wanted.length} for ${JSON.stringify(filter)}`);
      checks++;
    }
  }
  return checks;
}

const idsOf = (documents: Document[]) => documents.map(({ _id }) => String(_id)).sort();

/** Filters that the index can answer, each with the right answer: everything in it, and some values of its first field. */
function questionsFor({ key, sparse, partialFilterExpression }: Index, all: Document[]): [Document, Document[]][] {
  const [field = ''] = Object.keys(key);
  const base = partialFilterExpression ?? (sparse ? { [field]: { $exists: true } } : {});
  const inside = all.filter(
    (document) =>
      (!sparse || field in document) &&
      Object.entries(partialFilterExpression ?? {}).every(([name, value]) => document[name] === value),
  );
  const values = [...new Set(inside.flatMap((document) => document[field] as unknown))].slice(0, SAMPLES);
  const ofValue = (value: unknown) => inside.filter((document) => [document[field]].flat().includes(value));
  return [
    [base, inside],
    ...values.map((value): [Document, Document[]] => [{ ...partialFilterExpression, [field]: value }, ofValue(value)]),
  ];
}
