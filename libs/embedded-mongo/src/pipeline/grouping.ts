import { compare, equal } from '../bson/compare.js';
import { doc, isDoc, isNumeric, toNumber, type Doc, type Maybe, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { compileExpression, namedArguments } from '../expressions/compile.js';
import { average, deviation, extreme, sum } from '../expressions/reducers.js';
import { withRoot, type Expression, type Scope } from '../expressions/scope.js';
import { encodePart } from '../indexes/key-encoding.js';
import { gathered, isPause, PAUSE, type Pace } from '../pace.js';
import { parseSort, sortKeysOf, compareSortKeys } from '../query/sort.js';
import type { Docs, StageMaker } from './stage.js';

type Accumulator = (documents: Doc[], scope: Scope) => Maybe;
type AccumulatorMaker = (operand: Value, scope: Scope) => Accumulator;

const over =
  (fold: (values: Maybe[]) => Value): AccumulatorMaker =>
  (operand, scope) => {
    const expression = compileExpression(operand, scope);
    return (documents) => fold(documents.map((document) => expression(withRoot(scope, document))));
  };

const isPresent = (value: Maybe): value is Value => value !== undefined;

function distinct(values: Value[]): Value[] {
  const out: Value[] = [];
  const seen = new Set<string>();
  for (const value of values) {
    const key = keyText(value);
    if (!seen.has(key)) out.push(value);
    seen.add(key);
  }
  return out;
}

/** Equal values have equal text: the index encoding compares as the values do. */
const keyText = (value: Value) => encodePart(value).toString('latin1');

const nOf = (operand: Value, name: string, scope: Scope, needed: string[]): { n: number; named: Doc } => {
  const named = namedArguments(operand, name, ['n', ...needed]);
  const n = compileExpression(named.get('n')!, scope)(scope);
  if (!isNumeric(n) || !Number.isInteger(toNumber(n)) || toNumber(n) < 1)
    throw new MongoError(5787908, `'n' must be greater than 0`);
  return { n: toNumber(n), named };
};

const several =
  (name: string, pick: (values: Value[], n: number) => Value[]): AccumulatorMaker =>
  (operand, scope) => {
    const { n, named } = nOf(operand, name, scope, ['input']);
    const input = compileExpression(named.get('input')!, scope);
    return (documents) =>
      pick(
        documents.map((document) => input(withRoot(scope, document)) ?? null),
        n,
      );
  };

const ranked =
  (name: string, last: boolean, many: boolean): AccumulatorMaker =>
  (operand, scope) => {
    const named = many
      ? nOf(operand, name, scope, ['sortBy', 'output'])
      : { n: 1, named: namedArguments(operand, name, ['sortBy', 'output']) };
    const fields = parseSort(named.named.get('sortBy'));
    const output = compileExpression(named.named.get('output')!, scope);
    return (documents) => {
      const keyed = documents.map((document) => ({ document, keys: sortKeysOf(document, fields) }));
      keyed.sort((a, b) => compareSortKeys(a.keys, b.keys, fields));
      const chosen = last ? keyed.slice(-named.n) : keyed.slice(0, named.n);
      const values = chosen.map(({ document }) => output(withRoot(scope, document)) ?? null);
      return many ? values : values[0];
    };
  };

const ACCUMULATORS: Readonly<Record<string, AccumulatorMaker>> = {
  $sum: over(sum),
  $avg: over(average),
  $min: over((values) => extreme(values, -1)),
  $max: over((values) => extreme(values, 1)),
  $first: over((values) => values[0] ?? null),
  $last: over((values) => values.at(-1) ?? null),
  $push: over((values) => values.filter(isPresent)),
  $addToSet: over((values) => distinct(values.filter(isPresent))),
  $stdDevPop: over((values) => deviation(values, false)),
  $stdDevSamp: over((values) => deviation(values, true)),
  $count: (operand) => {
    if (!isDoc(operand) || operand.size > 0)
      throw new MongoError('TypeMismatch', '$count takes no arguments, i.e. $count:{}');
    return (documents) => documents.length;
  },
  $mergeObjects: (operand, scope) => {
    const expression = compileExpression(operand, scope);
    return (documents) => {
      const out: Doc = new Map();
      for (const document of documents) {
        const part = expression(withRoot(scope, document));
        if (isDoc(part)) for (const [key, value] of part) out.set(key, value);
        else if (part !== undefined && part !== null)
          throw new MongoError(40400, '$mergeObjects requires object inputs');
      }
      return out;
    };
  },
  $firstN: several('$firstN', (values, n) => values.slice(0, n)),
  $lastN: several('$lastN', (values, n) => values.slice(-n)),
  $minN: several('$minN', (values, n) =>
    values
      .filter((value) => value !== null)
      .sort(compare)
      .slice(0, n),
  ),
  $maxN: several('$maxN', (values, n) =>
    values
      .filter((value) => value !== null)
      .sort((a, b) => compare(b, a))
      .slice(0, n),
  ),
  $top: ranked('$top', false, false),
  $topN: ranked('$topN', false, true),
  $bottom: ranked('$bottom', true, false),
  $bottomN: ranked('$bottomN', true, true),
};

function accumulators(spec: Iterable<[string, Value]>, scope: Scope): [string, Accumulator][] {
  return [...spec].map(([field, value]) => {
    if (field.includes('.')) throw new MongoError(40235, `The field name '${field}' cannot contain '.'`);
    if (field.startsWith('$')) throw new MongoError(40236, `The field name '${field}' cannot be an operator name`);
    if (!isDoc(value)) throw new MongoError(40234, `The field '${field}' must be an accumulator object`);
    if (value.size !== 1) throw new MongoError(40238, `The field '${field}' must specify one accumulator`);
    const [name, operand] = [...value][0]!;
    const make = ACCUMULATORS[name];
    if (!make) throw new MongoError(15952, `unknown group operator '${name}'`);
    return [field, make(operand, scope)];
  });
}

interface Grouping {
  scope: Scope;
  pace?: Pace | undefined;
}

function* grouped(
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
    const key = keyText(value);
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

const sortByCount: StageMaker = (operand, context) => {
  const stage = group(doc({ _id: operand, count: doc({ $sum: 1 }) }), context);
  return function* (input) {
    const groups = yield* gathered(stage(input));
    yield* groups.sort((a, b) => toNumber(b.get('count') as number) - toNumber(a.get('count') as number));
  };
};

const bucket: StageMaker = (operand, context) => {
  const { scope } = context;
  const named = namedArguments(operand, '$bucket', ['groupBy', 'boundaries'], ['default', 'output']);
  const by = compileExpression(named.get('groupBy')!, scope);
  const bounds = named.get('boundaries')!;
  if (
    !Array.isArray(bounds) ||
    bounds.length < 2 ||
    bounds.some((value, i) => i > 0 && compare(bounds[i - 1], value) >= 0)
  )
    throw new MongoError(40194, "The 'boundaries' option to $bucket must be sorted and have at least two values");
  const output = named.get('output');
  const fields = accumulators(isDoc(output) ? output : doc({ count: doc({ $sum: 1 }) }), scope);
  const id: Expression = (inner) => {
    const value = by(inner);
    const at = bounds.findIndex(
      (low, i) => i < bounds.length - 1 && compare(value, low) >= 0 && compare(value, bounds[i + 1]) < 0,
    );
    if (at < 0 && !named.has('default'))
      throw new MongoError(
        40066,
        '$bucket could not find a matching branch for an input, and no default was specified.',
      );
    return at < 0 ? named.get('default')! : bounds[at];
  };
  return function* (input) {
    const groups = yield* gathered(grouped(input, id, fields, context));
    yield* groups.sort((a, b) => compare(a.get('_id'), b.get('_id')));
  };
};

export const GROUPING: Readonly<Record<string, StageMaker>> = {
  $group: group,
  $sortByCount: sortByCount,
  $bucket: bucket,
  $count: (operand) => {
    if (typeof operand !== 'string' || operand === '' || operand.startsWith('$') || operand.includes('.'))
      throw new MongoError(40156, 'the count field must be a non-empty string without $ and .');
    return function* (input) {
      let total = 0;
      for (const document of input) {
        if (isPause(document)) yield document;
        else total++;
      }
      if (total > 0) yield doc({ [operand]: total });
    };
  },
};
export { equal };
