import { identityOf } from '../bson/identity.js';
import { doc, isDoc, toNumber, type Doc, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { compileExpression } from '../expressions/compile.js';
import { withRoot, type Expression, type Scope } from '../expressions/scope.js';
import { gathered, isPause, PAUSE, type Pace } from '../pace.js';
import { accumulators, type Accumulator } from './accumulators.js';
import type { Docs, StageMaker } from './stage.js';

interface Grouping {
  scope: Scope;
  pace?: Pace | undefined;
}

export function* grouped(
  input: Docs,
  id: Expression,
  fields: [string, Accumulator][],
  { scope, pace }: Grouping,
): Generator<Doc> {
  const groups = new Map<string, { id: Value; documents: Doc[] }>();
  for (const document of input) {
    if (isPause(document)) {
      yield document;
      continue;
    }
    const value = id(withRoot(scope, document)) ?? null;
    const key = identityOf(value);
    const group = groups.get(key);
    if (group) group.documents.push(document);
    else groups.set(key, { id: value, documents: [document] });
  }
  for (const { id: value, documents } of groups.values()) {
    const out = doc({ _id: value });
    for (const [field, accumulate] of fields) {
      const result = accumulate(documents, scope);
      if (result !== undefined) out.set(field, result);
    }
    yield out;
    if (pace?.isDue) yield PAUSE;
  }
}

const group: StageMaker = (operand, context) => {
  const { scope } = context;
  if (!isDoc(operand)) throw new MongoError(15947, "a group's fields must be specified in an object");
  if (!operand.has('_id')) throw new MongoError(15955, 'a group specification must include an _id');
  const id = compileExpression(operand.get('_id')!, scope);
  const fields = accumulators(
    [...operand].filter(([field]) => field !== '_id'),
    scope,
  );
  return (input) => grouped(input, id, fields, context);
};

/** A path with its dollar, or an operator. */
export const isReference = (operand: Value): boolean =>
  typeof operand === 'string'
    ? operand.startsWith('$')
    : isDoc(operand) && [...operand.keys()][0]?.startsWith('$') === true;

const sortByCount: StageMaker = (operand, context) => {
  if (typeof operand !== 'string' && !isDoc(operand))
    throw new MongoError(40149, 'the sortByCount field must be specified as a string or as an object');
  if (!isReference(operand))
    throw new MongoError(
      isDoc(operand) ? 40147 : 40148,
      'the sortByCount field must be defined as a $-prefixed path or an expression inside an object',
    );
  const stage = group(doc({ _id: operand, count: doc({ $sum: 1 }) }), context);
  return function* (input) {
    const groups = yield* gathered(stage(input));
    yield* groups.sort((a, b) => toNumber(b.get('count') as number) - toNumber(a.get('count') as number));
  };
};

function countField(operand: Value): string {
  const refuse = (code: number, what: string) => new MongoError(code, `the count field ${what}`);
  if (typeof operand !== 'string') throw refuse(40156, 'must be a non-empty string');
  if (operand === '') throw refuse(40157, 'must be a non-empty string');
  if (operand.startsWith('$')) throw refuse(40158, 'cannot be a $-prefixed path');
  if (operand.includes('\0')) throw refuse(40159, 'cannot contain a null byte');
  if (operand.includes('.')) throw refuse(40160, "cannot contain '.'");
  return operand;
}

export const GROUPING: Readonly<Record<string, StageMaker>> = {
  $group: group,
  $sortByCount: sortByCount,
  $count: (operand) => {
    const field = countField(operand);
    return function* (input) {
      let total = 0;
      for (const document of input) {
        if (isPause(document)) yield document;
        else total++;
      }
      if (total > 0) yield doc({ [field]: total });
    };
  },
};
