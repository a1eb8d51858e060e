import { show } from '../bson/show.js';
import { doc, isDoc, isNumeric, toNumber, typeName, type Doc, type Maybe, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { compileExpression } from '../expressions/compile.js';
import { withRoot, type Expression, type Scope } from '../expressions/scope.js';
import { isPause, PAUSE, spread } from '../pace.js';
import { compileFilter } from '../query/matcher.js';
import { compileProjection } from '../query/projection.js';
import { parseSort, sorted } from '../query/sort.js';
import type { Docs, StageMaker } from './stage.js';
import { unwind } from './unwind.js';

export function* mapped(input: Docs, change: (document: Doc) => Doc): Docs {
  for (const document of input) yield isPause(document) ? PAUSE : change(document);
}

function* filtered(input: Docs, keep: (document: Doc) => boolean): Docs {
  for (const document of input) if (isPause(document) || keep(document)) yield document;
}

function* limited(input: Docs, count: number): Docs {
  let taken = 0;
  if (count === 0) return;
  for (const document of input) {
    yield document;
    if (!isPause(document) && ++taken >= count) return;
  }
}

function* skipped(input: Docs, count: number): Docs {
  let seen = 0;
  for (const document of input) if (isPause(document) || seen++ >= count) yield document;
}

type Added = Map<string, Added | Expression>;

/** The fields that `$addFields` sets, as a tree by their paths. */
function addedFields(spec: Value, scope: Scope, stage: string): Added {
  if (!isDoc(spec))
    throw new MongoError(40272, `${stage} specification stage must be an object, got ${typeName(spec)}`);
  if (spec.size === 0)
    throw new MongoError(40177, `Invalid ${stage} :: caused by :: specification must have at least one field`);
  const root: Added = new Map();
  for (const [path, value] of spec) addField(root, path.split('.'), value, scope);
  return root;
}

function addField(node: Added, [first, ...rest]: string[], value: Value, scope: Scope): void {
  if (!first) throw new MongoError(40353, "FieldPath must not end with a '.' and its names may not be empty.");
  if (first.startsWith('$'))
    throw new MongoError(16410, "FieldPath field names may not start with '$'. Consider using $getField or $setField.");
  const nested = isDoc(value) && value.size > 0 && ![...value.keys()][0]!.startsWith('$');
  if (rest.length === 0 && !nested) {
    node.set(first, compileExpression(value, scope));
    return;
  }
  const inner = node.get(first) ?? new Map<string, Added | Expression>();
  if (!(inner instanceof Map)) throw new MongoError(40176, `specification contains two conflicting paths at ${first}`);
  node.set(first, inner);
  if (rest.length > 0) return addField(inner, rest, value, scope);
  for (const [key, deeper] of value as Doc) addField(inner, key.split('.'), deeper, scope);
}

function setFields(target: Maybe, added: Added, scope: Scope): Value {
  if (Array.isArray(target)) return target.map((element) => setFields(element, added, scope));
  const out: Doc = isDoc(target) ? new Map(target) : doc();
  for (const [name, rule] of added) {
    const value = rule instanceof Map ? setFields(out.get(name), rule, scope) : rule(scope);
    if (value === undefined) out.delete(name);
    else out.set(name, value);
  }
  return out;
}

const addFields: StageMaker = (operand, { scope }) => {
  const added = addedFields(operand, scope, '$addFields');
  return (input) => mapped(input, (document) => setFields(document, added, withRoot(scope, document)) as Doc);
};

const replaceRoot =
  (pick: (operand: Value) => Value): StageMaker =>
  (operand, { scope }) => {
    const expression = compileExpression(pick(operand), scope);
    return (input) =>
      mapped(input, (document) => {
        const root = expression(withRoot(scope, document));
        if (!isDoc(root))
          throw new MongoError(
            40228,
            `'newRoot' expression  must evaluate to an object, but resulting value was of type ${typeName(root)}`,
          );
        return root;
      });
  };

function count(value: Value, stage: '$limit' | '$skip'): number {
  const n = isNumeric(value) ? toNumber(value) : NaN;
  if (!Number.isInteger(n) || n < 0 || n >= 2 ** 63)
    throw new MongoError(
      stage === '$limit' ? 5107201 : 5107200,
      `invalid argument to ${stage} stage: Expected a non-negative integer in: ${stage}: ${show(value)}`,
    );
  if (n === 0 && stage === '$limit') throw new MongoError(15958, 'the limit must be positive');
  return n;
}

function unsetSpec(operand: Value): Doc {
  if (typeof operand !== 'string' && !Array.isArray(operand))
    throw new MongoError(31002, '$unset specification must be a string or an array');
  const paths = Array.isArray(operand) ? operand : [operand];
  if (paths.length === 0)
    throw new MongoError(31119, '$unset specification must be a string or an array with at least one field');
  if (paths.some((path) => typeof path !== 'string'))
    throw new MongoError(31120, '$unset specification must be a string or an array containing only string values');
  return new Map(paths.map((path) => [path as string, 0]));
}

export const SHAPING: Readonly<Record<string, StageMaker>> = {
  $match: (operand, { scope }) => {
    if (!isDoc(operand)) throw new MongoError(15959, 'the match filter must be an expression in an object');
    const matches = compileFilter(operand, scope);
    return (input) => filtered(input, matches);
  },
  $project: (operand, { scope }) => {
    if (!isDoc(operand)) throw new MongoError(15969, '$project specification must be an object');
    if (operand.size === 0)
      throw new MongoError(
        51272,
        'Invalid $project :: caused by :: projection specification must have at least one field',
      );
    const project = compileProjection(operand, scope, true);
    return (input) => mapped(input, project);
  },
  $addFields: addFields,
  $set: addFields,
  $unset: (operand, { scope }) => {
    const project = compileProjection(unsetSpec(operand), scope, true);
    return (input) => mapped(input, project);
  },
  $replaceRoot: replaceRoot((operand) => {
    if (!isDoc(operand)) throw new MongoError(40229, 'expected an object as specification for $replaceRoot stage');
    for (const key of operand.keys())
      if (key !== 'newRoot')
        throw new MongoError(
          40230,
          `unrecognized option to $replaceRoot stage: ${key}, only valid option is 'newRoot'.`,
        );
    if (!operand.has('newRoot')) throw new MongoError(40231, 'no newRoot specified for the $replaceRoot stage');
    return operand.get('newRoot')!;
  }),
  $replaceWith: replaceRoot((operand) => operand),
  $limit: (operand) => {
    const most = count(operand, '$limit');
    return (input) => limited(input, most);
  },
  $skip: (operand) => {
    const left = count(operand, '$skip');
    return (input) => skipped(input, left);
  },
  $sort: (operand, { pace }) => {
    if (!isDoc(operand)) throw new MongoError(15973, 'the $sort key specification must be an object');
    const fields = parseSort(operand);
    if (fields.length === 0) throw new MongoError(15976, '$sort stage must have at least one sort key');
    return function* (input) {
      yield* spread(yield* sorted(input, (document) => document, fields, pace), pace);
    };
  },
  $unwind: unwind,
  $documents: (operand, { scope }) => {
    const list = compileExpression(operand, scope)(scope);
    if (!Array.isArray(list) || !list.every(isDoc))
      throw new MongoError(5858203, 'an array of documents is expected in $documents');
    return () => list;
  },
  $listLocalSessions: () => {
    throw new MongoError('CommandNotSupported', '$listLocalSessions is not supported');
  },
};
