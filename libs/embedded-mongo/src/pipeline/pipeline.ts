import { isDoc, type Doc, type Maybe, type Value } from '../bson/value.js';
import { failedToParse, MongoError, typeMismatch } from '../errors/mongo-error.js';
import { withoutPauses } from '../pace.js';
import { bucket } from './bucket.js';
import { GROUPING } from './grouping.js';
import { JOINS } from './joins.js';
import { SHAPING } from './shaping.js';
import type { Docs, Outer, Stage, StageContext, StageMaker } from './stage.js';

/** These hand pauses on; what any other stage is given comes in one go. */
const PAUSING = new Set([
  '$match', '$project', '$addFields', '$set', '$unset', '$replaceRoot', '$replaceWith', '$limit', '$skip', '$sort', '$unwind', '$documents',
  '$group', '$sortByCount', '$bucket', '$count', '$lookup', '$facet', '$unionWith', '$sample',
]); // prettier-ignore

function stageNamed(name: string): StageMaker | undefined {
  if (name === '$bucket') return bucket;
  for (const family of [SHAPING, GROUPING, JOINS]) if (Object.hasOwn(family, name)) return family[name];
  return undefined;
}

/** Whether there is such a stage, wherever it may stand. */
export const isStage = (name: string): boolean => isOutput(name) || stageNamed(name) !== undefined;

export function parsePipeline(pipeline: Maybe): Doc[] {
  if (!Array.isArray(pipeline)) throw typeMismatch("'pipeline' option must be specified as an array");
  return pipeline.map((stage) => {
    if (!isDoc(stage)) throw typeMismatch("Each element of the 'pipeline' array must be an object");
    if (stage.size !== 1)
      throw new MongoError(40323, 'A pipeline stage specification object must contain exactly one field.');
    return stage;
  });
}

export const stageOf = (stage: Doc): [string, Value] => [...stage][0]!;

/** Compiles a pipeline; an unknown stage is refused before anything runs. */
export function compilePipeline(pipeline: Doc[], context: StageContext): Stage {
  checkOutputs(pipeline, context);
  const stages = pipeline.map((stage, i) => {
    const [name, operand] = stageOf(stage);
    if (isOutput(name)) return writing(name, operand, context);
    const make = stageNamed(name);
    if (!make) throw new MongoError(40324, `Unrecognized pipeline stage name: '${name}'`);
    if (name === '$documents' && i > 0)
      throw new MongoError(40602, '$documents is only valid as the first stage in a pipeline');
    const run = make(operand, context);
    return PAUSING.has(name) ? run : (input: Docs) => run(withoutPauses(input));
  });
  return (input) => stages.reduce<Docs>((docs, stage) => stage(docs), input);
}

const isOutput = (name: string): name is '$out' | '$merge' => name === '$out' || name === '$merge';

/** Only the last stage of the outermost pipeline may write. */
export function checkOutputs(pipeline: Doc[], { within }: Pick<StageContext, 'within'>): void {
  for (const [i, stage] of pipeline.entries()) {
    const [name] = stageOf(stage);
    if (within) checkWithin(name, within);
    if (isOutput(name) && i < pipeline.length - 1)
      throw new MongoError(40601, `${name} can only be the final stage in the pipeline`);
  }
}

function checkWithin(name: string, within: Outer): void {
  const output = isOutput(name);
  if (within === '$facet' && (output || ['$facet', '$documents'].includes(name)))
    throw new MongoError(40600, `${name} is not allowed to be used within a $facet stage`);
  if (within === '$lookup' && output)
    throw new MongoError(51047, `${name} is not allowed within a $lookup's sub-pipeline`);
  if (within === '$unionWith' && output)
    throw new MongoError(31441, `${name} is not allowed within a $unionWith's sub-pipeline`);
}

function writing(name: '$out' | '$merge', operand: Value, context: StageContext): Stage {
  const write = context.write?.bind(context);
  if (!write) throw failedToParse(`${name} is not allowed here`);
  return (input) => {
    write(name, operand, input);
    return [];
  };
}
