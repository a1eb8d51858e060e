import { isDoc, type Doc, type Value } from '../bson/value.js';
import { failedToParse, MongoError } from '../errors/mongo-error.js';
import { isPause, PAUSE } from '../pace.js';
import { checkOutputs, compilePipeline, parsePipeline, stageOf } from '../pipeline/pipeline.js';
import type { Docs, StageContext } from '../pipeline/stage.js';
import { search } from '../planner/scan.js';
import { compileFilter } from '../query/matcher.js';
import { parseSort, type SortField } from '../query/sort.js';
import { collectionToRead } from './collections-access.js';
import { writeOutput } from './pipeline-output.js';
import { viewOf, type Command, type CommandContext } from './command.js';
import { cursorOptions, encodedRows } from './cursors.js';
import { refuseCollation } from './fields.js';

/** The documents of a collection, found through an index where the filter allows. */
export function documentsOf(
  context: CommandContext,
  name: string,
  filter: Doc = new Map(),
  sort: SortField[] = [],
  hint?: Value,
): Docs {
  const collection = collectionToRead(context, name);
  if (!collection) return [];
  const { scope, pace } = context;
  const { found } = search(viewOf(context), collection, { filter, sort, hint, scope, pace });
  return documents(found);
}

function* documents(found: Iterable<{ document: Doc }>): Docs {
  for (const item of found) yield isPause(item) ? PAUSE : item.document;
}

/** What a pipeline begins with can be left to the planner: its first filter, and a sort behind that. */
export function leading(pipeline: Doc[]): { filter: Doc; sort: SortField[]; rest: Doc[] } {
  let rest = pipeline;
  let filter: Doc = new Map();
  let sort: SortField[] = [];
  const [match] = rest;
  const operand = match?.get('$match');
  if (isDoc(operand)) [filter, rest] = [operand, rest.slice(1)];
  const order = rest[0]?.get('$sort');
  if (isDoc(order) && order.size > 0) [sort, rest] = [parseSort(order), rest.slice(1)];
  return { filter, sort, rest };
}

export function stageContext(context: CommandContext, body: Doc): StageContext {
  return {
    scope: context.scope,
    pace: context.pace,
    collection: (name, filter) => documentsOf(context, name, filter),
    write: (stage, operand, input) => writeOutput(context, body, stage, operand, input),
  };
}

function hasOutput(pipeline: Doc[]): boolean {
  const last = pipeline.at(-1);
  return last !== undefined && ['$out', '$merge'].includes(stageOf(last)[0]);
}

function targetOf(body: Doc): string | undefined {
  const target = body.get('aggregate');
  if (typeof target === 'string') return target;
  if (target !== 1)
    throw failedToParse("Invalid command format: the 'aggregate' field must specify a collection name or 1");
  return undefined;
}

export const aggregate: Command = {
  writes: (body) => hasOutput(parsePipeline(body.get('pipeline'))),
  fields: ['pipeline', 'cursor', 'explain', 'allowDiskUse', 'collation', 'hint', 'let', 'bypassDocumentValidation'],
  inTransaction: true,
  async run(body, context) {
    const name = targetOf(body);
    refuseCollation(body.get('collation'));
    if (body.has('explain'))
      throw new MongoError('CommandNotSupported', 'use the explain command to explain an aggregate');
    if (!isDoc(body.get('cursor')))
      throw failedToParse("The 'cursor' option is required, except for aggregate with the explain argument");
    const pipeline = parsePipeline(body.get('pipeline'));
    const writes = hasOutput(pipeline);
    const concern = body.get('readConcern');
    if (writes && isDoc(concern) && concern.get('level') === 'linearizable')
      throw new MongoError('InvalidOptions', '$out and $merge cannot be used with readConcern linearizable');
    checkOutputs(pipeline, {});
    const { filter, sort, rest } = leading(pipeline);
    compileFilter(filter, context.scope);
    const run = compilePipeline(writes ? rest.slice(0, -1) : rest, stageContext(context, body));
    const write = compilePipeline(writes ? rest.slice(-1) : [], stageContext(context, body));
    if (name === undefined && pipeline[0]?.has('$documents') !== true)
      throw new MongoError(
        'InvalidNamespace',
        `{aggregate: 1} is not valid for '${pipeline[0] ? stageOf(pipeline[0])[0] : ''}'; a collection is required.`,
      );
    const input = name === undefined ? [] : documentsOf(context, name, filter, sort, body.get('hint'));
    let results = run(input);
    // What is written is written now and in one go, however small the first batch is to be.
    if (writes) results = [...write(await context.pace.all(results))];
    return context.server.cursors.start(
      context,
      `${context.db}.${name ?? '$cmd.aggregate'}`,
      encodedRows(results),
      cursorOptions(body),
    );
  },
};
