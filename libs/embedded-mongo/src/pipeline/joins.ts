import { plain } from '../bson/show.js';
import { doc, isDoc, isNumeric, toNumber, type Doc, type Maybe } from '../bson/value.js';
import { failedToParse, MongoError } from '../errors/mongo-error.js';
import { compileExpression } from '../expressions/compile.js';
import { withRoot, withVariables } from '../expressions/scope.js';
import { gathered, isPause, spread } from '../pace.js';
import { fieldPath } from '../query/path.js';
import { compilePipeline, parsePipeline } from './pipeline.js';
import { withValue } from './shaping.js';
import type { Docs, StageContext, StageMaker } from './stage.js';

/** The filter that finds what belongs to one value: an array stands for each of its elements, missing for null. */
function joinFilter(field: string, value: Maybe): Doc {
  if (Array.isArray(value)) return doc({ [field]: doc({ $in: value }) });
  return doc({ [field]: doc({ $eq: value ?? null }) });
}

const lookup: StageMaker = (operand, context) => {
  if (!isDoc(operand)) throw failedToParse('the $lookup specification must be an object');
  for (const key of operand.keys())
    if (!['from', 'as', 'localField', 'foreignField', 'let', 'pipeline'].includes(key))
      throw failedToParse(`unknown argument to $lookup: ${key}`);
  const from = operand.get('from');
  const as = operand.get('as');
  if (typeof from !== 'string') throw failedToParse("$lookup argument 'from' must be a string");
  if (typeof as !== 'string') throw failedToParse("must specify 'as' field for a $lookup");
  const [local, foreign] = [operand.get('localField'), operand.get('foreignField')];
  if ((local === undefined) !== (foreign === undefined))
    throw failedToParse('$lookup requires both or neither of localField and foreignField to be specified');
  if (local === undefined && !operand.has('pipeline'))
    throw failedToParse("$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified");
  const variables = operand.get('let');
  const bound = isDoc(variables)
    ? [...variables].map(([name, value]) => [name, compileExpression(value, context.scope)] as const)
    : [];
  const pipeline = parsePipeline(operand.get('pipeline') ?? []);
  // Compiled once with empty variables, so that a mistake is refused even when there is nothing to join.
  compilePipeline(pipeline, {
    ...context,
    scope: withVariables(
      context.scope,
      bound.map(([name]) => [name, null]),
    ),
  });
  return function* (input) {
    for (const document of input) {
      if (isPause(document)) {
        yield document;
        continue;
      }
      const scope = withRoot(context.scope, document);
      const filter =
        typeof local === 'string' ? joinFilter(plain(foreign), fieldPath(document, local.split('.'))) : undefined;
      const inner: StageContext = {
        ...context,
        scope: withVariables(
          scope,
          bound.map(([name, expression]) => [name, expression(scope)]),
        ),
      };
      const joined = yield* gathered(compilePipeline(pipeline, inner)(context.collection(from, filter)));
      yield withValue(document, as.split('.'), joined);
    }
  };
};

const facet: StageMaker = (operand, context) => {
  if (!isDoc(operand) || operand.size === 0)
    throw new MongoError(40169, 'the $facet specification must be a non-empty object');
  const pipelines = [...operand].map(
    ([name, pipeline]) => [name, compilePipeline(parsePipeline(pipeline), context)] as const,
  );
  return function* (input) {
    const all = yield* gathered(input);
    const out: Doc = new Map();
    for (const [name, run] of pipelines) out.set(name, (yield* gathered(run(spread(all, context.pace)))));
    yield out;
  };
};

const unionWith: StageMaker = (operand, context) => {
  const spec = typeof operand === 'string' ? doc({ coll: operand }) : operand;
  if (!isDoc(spec) || typeof spec.get('coll') !== 'string')
    throw failedToParse('the $unionWith stage specification must be an object or a string');
  const run = compilePipeline(parsePipeline(spec.get('pipeline') ?? []), context);
  return function* (input) {
    yield* input;
    yield* run(context.collection(spec.get('coll') as string));
  };
};

const sample: StageMaker = (operand) => {
  const size = isDoc(operand) ? operand.get('size') : undefined;
  if (!isNumeric(size) || toNumber(size) < 1)
    throw new MongoError(28747, 'size argument to $sample must be a positive number');
  return function* (input: Docs) {
    const all = yield* gathered(input);
    for (let i = all.length - 1; i > 0; i--) {
      const j = Math.floor(Math.random() * (i + 1));
      [all[i], all[j]] = [all[j]!, all[i]!];
    }
    yield* all.slice(0, toNumber(size));
  };
};

export const JOINS: Readonly<Record<string, StageMaker>> = {
  $lookup: lookup,
  $facet: facet,
  $unionWith: unionWith,
  $sample: sample,
};
