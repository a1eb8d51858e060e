import { compare } from '../bson/compare.js';
import { identityOf } from '../bson/identity.js';
import { isDoc, isNumeric, toNumber, type Doc, type Maybe, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { compileExpression, namedArguments } from '../expressions/compile.js';
import { average, deviation, extreme, sum } from '../expressions/reducers.js';
import { withRoot, type Scope } from '../expressions/scope.js';
import { parseSort, sortKeysOf, compareSortKeys } from '../query/sort.js';

export type Accumulator = (documents: Doc[], scope: Scope) => Maybe;
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
    const key = identityOf(value);
    if (!seen.has(key)) out.push(value);
    seen.add(key);
  }
  return out;
}

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

/** The accumulators of `$group` and `$bucket`, by the fields that they give. */
export function accumulators(spec: Iterable<[string, Value]>, scope: Scope): [string, Accumulator][] {
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
