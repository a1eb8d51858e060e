import type { Doc, Value } from '../bson/value.js';
import type { Scope } from '../expressions/scope.js';

export type Docs = Iterable<Doc>;
export type Stage = (input: Docs) => Docs;

/** What a stage needs of the world around it. */
export interface StageContext {
  scope: Scope;
  /** The documents of another collection of the same database. */
  collection(name: string, filter?: Doc): Docs;
  /** Where `$out` and `$merge` put their results; they are the last stage and answer nothing. */
  write?(stage: '$out' | '$merge', operand: Value, input: Docs): void;
}

export type StageMaker = (operand: Value, context: StageContext) => Stage;
