import { BSONRegExp } from 'bson';
import { plain } from '../bson/show.js';
import { doc, isDoc, isNumeric, toNumber, typeName, type Doc, type Maybe, type Value } from '../bson/value.js';
import { failedToParse, MongoError } from '../errors/mongo-error.js';
import { compileExpression } from '../expressions/compile.js';
import { withRoot, withVariables } from '../expressions/scope.js';
import { gathered, isPause, spread } from '../pace.js';
import { fieldNames, fieldPath } from '../query/path.js';
import { isOperatorDoc } from '../query/value-tests.js';
import { compilePipeline, parsePipeline } from './pipeline.js';
import { withValue } from './unwind.js';
import type { Docs, StageContext, StageMaker } from './stage.js';

/** The filter that finds what belongs to one value: an array stands for each of its elements, missing for null. */
function joinFilter(field: string, value: Maybe): Doc {
  // Under $eq everything is a value; under $in a regular expression would be a pattern.
  if (Array.isArray(value) && value.some((element) => element instanceof BSONRegExp || isOperatorDoc(element)))
    return doc({ $or: value.map((element) => doc({ [field]: doc({ $eq: element }) })) });
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
  const locals = local === undefined ? undefined : pathOf(operand, 'localField');
  if (foreign !== undefined) pathOf(operand, 'foreignField');
  const path = fieldNames(as);
  const variables = operand.get('let');
  if (variables !== undefined && !isDoc(variables)) throw failedToParse("$lookup argument 'let' must be an object");
  if (variables !== undefined && !operand.has('pipeline'))
    throw failedToParse("$lookup with a 'let' argument must also specify 'pipeline'");
  const bound = isDoc(variables)
    ? [...variables].map(([name, value]) => [name, compileExpression(value, context.scope)] as const)
    : [];
  const pipeline = parsePipeline(operand.get('pipeline') ?? []);
  // Compiled once with empty variables, so that a mistake is refused even when there is nothing to join.
  compilePipeline(pipeline, {
    ...context,
    within: '$lookup',
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
      const filter = locals === undefined ? undefined : joinFilter(plain(foreign), fieldPath(document, locals));
      const inner: StageContext = {
        ...context,
        within: '$lookup',
        scope: withVariables(
          scope,
          bound.map(([name, expression]) => [name, expression(scope)]),
        ),
      };
      const joined = yield* gathered(compilePipeline(pipeline, inner)(context.collection(from, filter)));
      yield withValue(document, path, joined);
    }
  };
};

function pathOf(spec: Doc, name: string): string[] {
  const path = spec.get(name);
  if (typeof path !== 'string') throw failedToParse(`$lookup argument '${name}' must be a string`);
  return fieldNames(path);
}

const facet: StageMaker = (operand, context) => {
  if (!isDoc(operand) || operand.size === 0)
    throw new MongoError(40169, 'the $facet specification must be a non-empty object');
  const pipelines = [...operand].map(
    ([name, pipeline]) =>
      [name, compilePipeline(facetPipeline(name, pipeline), { ...context, within: '$facet' })] as const,
  );
  return function* (input) {
    const all = yield* gathered(input);
    const out: Doc = new Map();
    for (const [name, run] of pipelines) out.set(name, yield* gathered(run(spread(all, context.pace))));
    yield out;
  };
};

function facetPipeline(name: string, pipeline: Value): Doc[] {
  if (name.includes('.')) throw new MongoError(16412, "FieldPath field names may not contain '.'.");
  fieldNames(name);
  if (!Array.isArray(pipeline))
    throw new MongoError(40170, `arguments to $facet must be arrays, ${name} is type ${typeName(pipeline)}`);
  return parsePipeline(pipeline);
}

const unionWith: StageMaker = (operand, context) => {
  const spec = typeof operand === 'string' ? doc({ coll: operand }) : operand;
  if (!isDoc(spec) || typeof spec.get('coll') !== 'string')
    throw failedToParse('the $unionWith stage specification must be an object or a string');
  for (const key of spec.keys())
    if (key !== 'coll' && key !== 'pipeline')
      throw new MongoError('IDLUnknownField', `BSON field '$unionWith.${key}' is an unknown field.`);
  const run = compilePipeline(parsePipeline(spec.get('pipeline') ?? []), { ...context, within: '$unionWith' });
  return function* (input) {
    yield* input;
    yield* run(context.collection(spec.get('coll') as string));
  };
};

function sampleSize(operand: Value): number {
  if (!isDoc(operand)) throw new MongoError(28745, 'the $sample stage specification must be an object');
  for (const key of operand.keys())
    if (key !== 'size') throw new MongoError(28748, `unrecognized option to $sample: ${key}`);
  const size = operand.get('size');
  if (size === undefined) throw new MongoError(28749, '$sample stage must specify a size');
  if (!isNumeric(size)) throw new MongoError(28746, 'size argument to $sample must be a number');
  if (!(toNumber(size) >= 1)) throw new MongoError(28747, 'size argument to $sample must be a positive integer');
  return Math.trunc(toNumber(size));
}

const sample: StageMaker = (operand) => {
  const size = sampleSize(operand);
  return function* (input: Docs) {
    const all = yield* gathered(input);
    for (let i = all.length - 1; i > 0; i--) {
      const j = Math.floor(Math.random() * (i + 1));
      [all[i], all[j]] = [all[j]!, all[i]!];
    }
    yield* all.slice(0, size);
  };
};

export const JOINS: Readonly<Record<string, StageMaker>> = {
  $lookup: lookup,
  $facet: facet,
  $unionWith: unionWith,
  $sample: sample,
};
