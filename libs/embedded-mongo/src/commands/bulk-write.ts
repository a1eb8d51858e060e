import { encode, RawDoc } from '../bson/encode.js';
import { plain } from '../bson/show.js';
import { doc, isDoc, isNumeric, toNumber, type Doc } from '../bson/value.js';
import { badValue, MongoError } from '../errors/mongo-error.js';
import type { Unit } from '../storage/unit.js';
import { splitNamespace } from '../transactions/engine.js';
import { collectionForWrite, findCollection } from './collections-access.js';
import type { Command, CommandContext, Reply } from './command.js';
import { cursorOptions } from './cursors.js';
import { runDelete } from './delete.js';
import { listOf, refuseCollation } from './fields.js';
import { bypasses, insertOne } from './insert.js';
import { count, parseUpdate, updateIn, withConstants } from './update.js';
import { parseFilter } from '../query/matcher.js';
import { runStatements, type Outcome } from './writer.js';

type Kind = 'insert' | 'update' | 'delete';
interface Operation {
  kind: Kind;
  db: string;
  name: string;
  op: Doc;
}

function namespaces(body: Doc): [string, string][] {
  return listOf(body, 'nsInfo').map((info) => splitNamespace(plain(info.get('ns'))));
}

const KNOWN: Readonly<Record<Kind, readonly string[]>> = {
  insert: ['document'],
  update: ['filter', 'updateMods', 'multi', 'upsert', 'arrayFilters', 'hint', 'collation', 'sort', 'constants'],
  delete: ['filter', 'multi', 'hint', 'collation'],
};

function parse(op: Doc, spaces: [string, string][]): Operation {
  const [kind] = op.keys();
  if (kind !== 'insert' && kind !== 'update' && kind !== 'delete')
    throw badValue(`unknown operation of bulkWrite: ${kind}`);
  const at = op.get(kind);
  const space = isNumeric(at) ? spaces[toNumber(at)] : undefined;
  if (!space) throw badValue(`BulkWrite ops entry ${kind} has an invalid nsInfo index.`);
  for (const field of op.keys())
    if (field !== kind && !KNOWN[kind].includes(field))
      throw new MongoError('IDLUnknownField', `BSON field 'bulkWrite.ops.${field}' is an unknown field.`);
  return { kind, db: space[0], name: space[1], op };
}

/** The operation as the update command has it. */
function updateStatement(op: Doc): Doc {
  const names: Readonly<Record<string, string>> = { filter: 'q', updateMods: 'u', constants: 'c' };
  const out: Doc = new Map();
  for (const [key, value] of op) if (key !== 'update') out.set(names[key] ?? key, value);
  return out;
}

function run(unit: Unit, { kind, db, name, op }: Operation, body: Doc, context: CommandContext): Doc {
  if (kind === 'insert') {
    const document = op.get('document');
    if (!isDoc(document)) throw badValue('BulkWrite insert needs a document');
    insertOne(unit, collectionForWrite(context, db, name), document, bypasses(body));
    return doc({ n: 1 });
  }
  if (kind === 'delete') {
    refuseCollation(op.get('collation'));
    const collection = findCollection(context, db, name) ?? context.server.catalog.make(db, name);
    const request = {
      filter: parseFilter(op.get('filter'), 'filter'),
      hint: op.get('hint'),
      multi: op.get('multi') === true,
    };
    return doc({ n: runDelete(unit, collection, request, context.scope) });
  }
  const statement = updateStatement(op);
  const result = updateIn(
    unit,
    context,
    db,
    name,
    parseUpdate(statement, body),
    withConstants(context.scope, statement.get('c')),
  );
  return doc({ n: result.matched, nModified: result.modified, upsertedId: result.upsertedId });
}

interface Totals {
  nInserted: number;
  nMatched: number;
  nModified: number;
  nUpserted: number;
  nDeleted: number;
}

function add(totals: Totals, kind: Kind, result: Doc): void {
  if (kind === 'insert') totals.nInserted += 1;
  else if (kind === 'delete') totals.nDeleted += count(result, 'n');
  else {
    totals.nMatched += count(result, 'n');
    totals.nModified += count(result, 'nModified');
    if (result.has('upsertedId')) totals.nUpserted += 1;
  }
}

function row(kind: Kind, result: Doc, index: number): Doc {
  const upserted = result.get('upsertedId');
  const out = doc({ ok: 1, idx: index, n: count(result, 'n') + (upserted === undefined ? 0 : 1) });
  if (kind === 'update') out.set('nModified', count(result, 'nModified'));
  if (upserted !== undefined) out.set('upserted', doc({ _id: upserted }));
  return out;
}

function errorRows({ writeErrors }: Outcome): Doc[] {
  return writeErrors.map((error) => {
    const out = doc({ ok: 0, idx: error.get('index') ?? 0 });
    for (const [key, value] of error) if (key !== 'index') out.set(key, value);
    out.set('n', 0);
    return out;
  });
}

async function answer(
  rows: Doc[],
  outcome: Outcome,
  totals: Totals,
  body: Doc,
  context: CommandContext,
): Promise<Reply> {
  const all = [...(body.get('errorsOnly') === true ? [] : rows), ...errorRows(outcome)];
  all.sort((a, b) => count(a, 'idx') - count(b, 'idx'));
  const reply = await context.server.cursors.start(
    context,
    'admin.$cmd.bulkWrite',
    all.map((item) => new RawDoc(encode(item))),
    cursorOptions(body),
  );
  reply.set('nErrors', outcome.writeErrors.length);
  for (const [field, total] of Object.entries(totals)) reply.set(field, total as number);
  if (outcome.retriedStmtIds.length > 0) reply.set('retriedStmtIds', outcome.retriedStmtIds);
  return reply;
}

/** Writes to several collections in one command. */
export const bulkWrite: Command = {
  fields: ['ops', 'nsInfo', 'errorsOnly', 'ordered', 'let', 'bypassDocumentValidation', 'cursor'],
  writes: true,
  inTransaction: true,
  async run(body, context) {
    if (context.db !== 'admin')
      throw new MongoError('Unauthorized', 'bulkWrite may only be run against the admin database.');
    const spaces = namespaces(body);
    const operations = listOf(body, 'ops').map((op) => parse(op, spaces));
    if (context.txnNumber !== undefined && operations.some(({ op }) => op.get('multi') === true))
      throw new MongoError('InvalidOptions', 'Cannot use retryable writes with multi=true');
    const totals: Totals = { nInserted: 0, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0 };
    const rows: Doc[] = [];
    const outcome = await runStatements(
      context,
      body,
      operations.length,
      (unit, index) => run(unit, operations[index]!, body, context),
      (_total, result, index) => {
        add(totals, operations[index]!.kind, result);
        rows.push(row(operations[index]!.kind, result, index));
      },
    );
    return answer(rows, outcome, totals, body, context);
  },
};
