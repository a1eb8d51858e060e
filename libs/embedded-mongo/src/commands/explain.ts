import { plain } from '../bson/show.js';
import { doc, isDoc, type Doc, type Value } from '../bson/value.js';
import { MongoError, typeMismatch } from '../errors/mongo-error.js';
import { parsePipeline } from '../pipeline/pipeline.js';
import { planQuery, type Plan } from '../planner/plan.js';
import { search } from '../planner/scan.js';
import { compileFilter, parseFilter } from '../query/matcher.js';
import { parseSort, type SortField } from '../query/sort.js';
import { leading } from './aggregate.js';
import { collectionToRead } from './collections-access.js';
import { viewOf, type Command } from './command.js';

interface Explained {
  name: string;
  filter: Doc;
  sort: SortField[];
  hint: Value | undefined;
}

/** The search inside a command, for the commands that have one. */
function searchOf(command: Doc): Explained {
  const [kind] = command.keys();
  const name = plain(command.get(kind!));
  const hint = command.get('hint');
  const of = (filter: Value | undefined, sort?: Value): Explained => ({
    name,
    filter: parseFilter(filter, 'filter'),
    sort: parseSort(sort),
    hint,
  });
  if (kind === 'find') return of(command.get('filter'), command.get('sort'));
  if (kind === 'count' || kind === 'distinct') return of(command.get('query'));
  if (kind === 'findAndModify') return of(command.get('query'), command.get('sort'));
  if (kind === 'aggregate') return { name, hint, ...leading(parsePipeline(command.get('pipeline'))) };
  const statements = command.get(kind === 'update' ? 'updates' : 'deletes');
  if (Array.isArray(statements) && isDoc(statements[0])) return of(statements[0].get('q'));
  throw new MongoError('CommandNotSupported', `Explain failed due to unknown command: ${kind}`);
}

function stages({ index, sorted, reverse, intervals }: Plan, sort: SortField[]): Doc {
  const access = index
    ? doc({
        stage: 'FETCH',
        inputStage: doc({
          stage: 'IXSCAN',
          keyPattern: index.key,
          indexName: index.name,
          isMultiKey: index.multikey,
          isUnique: index.unique,
          isSparse: index.sparse,
          isPartial: index.partialFilter !== undefined,
          direction: reverse ? 'backward' : 'forward',
          intervals: intervals.length,
        }),
      })
    : doc({ stage: 'COLLSCAN', direction: reverse ? 'backward' : 'forward' });
  const inMemory = sort.length > 0 && !sorted && sort[0]!.path[0] !== '$natural';
  return inMemory
    ? doc({
        stage: 'SORT',
        sortPattern: new Map(sort.map(({ path, direction }) => [path.join('.'), direction])),
        inputStage: access,
      })
    : access;
}

export const explain: Command = {
  fields: ['verbosity'],
  async run(body, context) {
    const command = body.get('explain');
    if (!isDoc(command)) throw typeMismatch("BSON field 'explain.explain' is the wrong type, expected type 'object'");
    const { name, filter, sort, hint } = searchOf(command);
    compileFilter(filter, context.scope);
    const collection = collectionToRead(context, name);
    const plan: Plan = collection
      ? planQuery(collection, { filter, sort, hint })
      : { intervals: [], sorted: false, reverse: false, exact: false };
    const winningPlan = collection ? stages(plan, sort) : doc({ stage: 'EOF' });
    const reply = doc({
      explainVersion: '1',
      queryPlanner: doc({ namespace: `${context.db}.${name}`, parsedQuery: filter, winningPlan, rejectedPlans: [] }),
    });
    if (body.get('verbosity') !== 'queryPlanner') {
      const { pace } = context;
      const found = collection
        ? search(viewOf(context), collection, { filter, sort, hint, scope: context.scope, pace }).found
        : [];
      reply.set(
        'executionStats',
        doc({ executionSuccess: true, nReturned: (await pace.all(found)).length, executionStages: winningPlan }),
      );
    }
    return reply;
  },
};
