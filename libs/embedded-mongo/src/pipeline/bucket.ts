import { compare, typeRank } from '../bson/compare.js';
import { doc, isDoc, typeName, type Doc, type Maybe, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { compileExpression } from '../expressions/compile.js';
import type { Expression, Scope } from '../expressions/scope.js';
import { gathered } from '../pace.js';
import { accumulators } from './accumulators.js';
import { grouped, isReference } from './grouping.js';
import type { StageMaker } from './stage.js';

interface Bucketing {
  by: Value;
  bounds: Value[];
  /** Of what lies in no bucket. */
  otherwise: Maybe;
  output: Doc;
}

export const bucket: StageMaker = (operand, context) => {
  const { by, bounds, otherwise, output } = bucketingOf(operand, context.scope);
  const value = compileExpression(by, context.scope);
  const fields = accumulators(output, context.scope);
  const id: Expression = (scope) => {
    const found = value(scope);
    const at = bounds.findIndex((low, i) => compare(found, low) >= 0 && compare(found, bounds[i + 1]) < 0);
    if (at < 0 && otherwise === undefined)
      throw new MongoError(
        40066,
        '$switch could not find a matching branch for an input, and no default was specified.',
      );
    return at < 0 ? otherwise : bounds[at];
  };
  return function* (input) {
    const groups = yield* gathered(grouped(input, id, fields, context));
    yield* groups.sort((a, b) => compare(a.get('_id'), b.get('_id')));
  };
};

/** The options in their order, as each is checked when it comes. */
function bucketingOf(spec: Value, scope: Scope): Bucketing {
  if (!isDoc(spec))
    throw new MongoError(40201, `Argument to $bucket stage must be an object, but found type: ${typeName(spec)}.`);
  const out: Partial<Bucketing> = {};
  for (const [option, value] of spec) {
    if (option === 'groupBy') out.by = groupBy(value);
    else if (option === 'boundaries') out.bounds = boundaries(value, scope);
    else if (option === 'default')
      out.otherwise = constant(value, scope, 40195, "The $bucket 'default' field must be a constant expression");
    else if (option !== 'output') throw new MongoError(40197, `Unrecognized option to $bucket: ${option}.`);
    else if (!isDoc(value)) throw new MongoError(40196, "The $bucket 'output' field must be an object");
    else out.output = value;
  }
  const { by, bounds, otherwise, output = doc({ count: doc({ $sum: 1 }) }) } = out;
  if (by === undefined || bounds === undefined)
    throw new MongoError(40198, "$bucket requires 'groupBy' and 'boundaries' to be specified.");
  checkDefault(otherwise, bounds);
  return { by, bounds, otherwise, output };
}

function groupBy(value: Value): Value {
  if (isReference(value)) return value;
  throw new MongoError(40202, "The $bucket 'groupBy' field must be defined as a $-prefixed path or an expression");
}

function boundaries(value: Value, scope: Scope): Value[] {
  if (!Array.isArray(value))
    throw new MongoError(40200, `The $bucket 'boundaries' field must be an array, but found type: ${typeName(value)}.`);
  const bounds = value.map((bound) =>
    constant(bound, scope, 40191, "The $bucket 'boundaries' field must be an array of constant values"),
  );
  if (bounds.length < 2) throw new MongoError(40192, "The $bucket 'boundaries' field must have at least 2 values");
  for (const [i, upper] of bounds.slice(1).entries()) {
    if (typeRank(bounds[i]) !== typeRank(upper))
      throw new MongoError(40193, "All values in the the 'boundaries' option to $bucket must have the same type.");
    if (compare(bounds[i], upper) >= 0)
      throw new MongoError(40194, "The 'boundaries' option to $bucket must be sorted");
  }
  return bounds;
}

/** The value of an expression that looks at no document. */
function constant(value: Value, scope: Scope, code: number, message: string): Value {
  if (looksAtDocument(value)) throw new MongoError(code, message);
  return compileExpression(value, scope)(scope) ?? null;
}

function looksAtDocument(value: Value): boolean {
  if (typeof value === 'string') return value.startsWith('$');
  if (Array.isArray(value)) return value.some(looksAtDocument);
  return isDoc(value) && !value.has('$literal') && [...value.values()].some(looksAtDocument);
}

function checkDefault(value: Maybe, bounds: Value[]): void {
  if (value === undefined || typeRank(value) !== typeRank(bounds[0])) return;
  if (compare(value, bounds[0]) >= 0 && compare(value, bounds.at(-1)) < 0)
    throw new MongoError(
      40199,
      "The $bucket 'default' field must be less than the lowest boundary or greater than or equal to the highest boundary.",
    );
}
