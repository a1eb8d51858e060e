import { doc, isDoc, type Doc, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import type { Scope } from '../expressions/scope.js';
import { isStage, parsePipeline, stageOf } from './pipeline.js';
import { SHAPING } from './shaping.js';

const ALLOWED = new Set(['$addFields', '$set', '$project', '$unset', '$replaceRoot', '$replaceWith']);

/** The pipeline of an update: it shapes one document and can do nothing else. */
export function compileUpdatePipeline(pipeline: Value[], scope: Scope): (document: Doc) => Doc {
  const context = { scope, collection: () => [] };
  const stages = parsePipeline(pipeline).map((stage) => {
    const [name, operand] = stageOf(stage);
    if (!ALLOWED.has(name)) {
      if (isStage(name)) throw new MongoError('InvalidOptions', `${name} is not allowed to be used within an update`);
      throw new MongoError(40324, `Unrecognized pipeline stage name: '${name}'`);
    }
    return SHAPING[name]!(operand, context);
  });
  return (document) => {
    const [out] = stages.reduce<Iterable<Doc>>((docs, stage) => stage(docs), [document]);
    return isDoc(out) ? out : doc();
  };
}
