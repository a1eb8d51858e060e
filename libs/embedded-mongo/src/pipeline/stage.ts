import type { Doc, Value } from '../bson/value.js';
import type { Scope } from '../expressions/scope.js';
import type { Pace } from '../pace.js';

/** There can be pauses among them, see `pace`; a stage named in `pipeline` hands them on, others do not get them. */
export type Docs = Iterable<Doc>;
export type Stage = (input: Docs) => Docs;

export type Outer = '$lookup' | '$facet' | '$unionWith';

/** What a stage needs of the world around it. */
export interface StageContext {
  scope: Scope;
  /** Of a read that gives way to others; without it there are no pauses. */
  pace?: Pace | undefined;
  /** The stage whose inner pipeline this is. */
  within?: Outer;
  /** The documents of another collection of the same database. */
  collection(name: string, filter?: Doc): Docs;
  /** Where `$out` and `$merge` put their results; they are the last stage and answer nothing. */
  write?(stage: '$out' | '$merge', operand: Value, input: Docs): void;
}

export type StageMaker = (operand: Value, context: StageContext) => Stage;
