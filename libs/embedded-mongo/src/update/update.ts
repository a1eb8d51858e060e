import { equal } from '../bson/compare.js';
import { isDoc, typeName, type Doc, type Maybe, type Value } from '../bson/value.js';
import { failedToParse, MongoError } from '../errors/mongo-error.js';
import { withRoot, type Scope } from '../expressions/scope.js';
import { clone, valueAt } from '../query/path.js';
import { compileUpdatePipeline } from '../pipeline/update-pipeline.js';
import { ArrayFilters } from './array-filters.js';
import { checkConflicts, checkPath, comparePaths } from './conflicts.js';
import { checkRename, rename, UPDATE_OPERATORS, type Change } from './operators.js';
import { places } from './paths.js';

export interface ApplyOptions {
  /** Where the filter found its match in an array, for `$`. */
  position?: number | undefined;
  inserting?: boolean;
}

/** Answers the changed document; the given one is left as it was. */
export type Update = { (document: Doc, options?: ApplyOptions): Doc; usesPosition: boolean; replaces: boolean };

interface Step {
  path: string;
  operator: string;
  creates: boolean;
  change: Change;
}

/** Compiles an update of any of the three forms: operators, a whole document, or a pipeline. */
export function compileUpdate(update: Maybe, arrayFilters: Maybe, scope: Scope): Update {
  if (Array.isArray(update)) {
    if (arrayFilters !== undefined) throw failedToParse('arrayFilters may not be specified for pipeline-syle updates');
    const run = compileUpdatePipeline(update, scope);
    return finished((document) => keepId(document, run(document)), false, false);
  }
  if (!isDoc(update)) throw failedToParse(`Update argument must be either an object or an array`);
  const [first] = update.keys();
  if (!first?.startsWith('$')) {
    if (arrayFilters !== undefined)
      throw failedToParse('arrayFilters may not be specified for replacement-style updates');
    return finished((document) => keepId(document, clone(checkReplacement(update))), false, true);
  }
  return compileOperators(update, arrayFilters, scope);
}

function finished(
  apply: (document: Doc, options: ApplyOptions) => Doc,
  usesPosition: boolean,
  replaces: boolean,
): Update {
  return Object.assign((document: Doc, options: ApplyOptions = {}) => apply(document, options), {
    usesPosition,
    replaces,
  });
}

function checkReplacement(update: Doc): Doc {
  for (const key of update.keys())
    if (key.startsWith('$'))
      throw new MongoError(
        'DollarPrefixedFieldName',
        `The dollar ($) prefixed field '${key}' in '${key}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
      );
  return update;
}

/** A document keeps its `_id`, in front; one that was given must be the same. */
function keepId(before: Doc, after: Doc): Doc {
  const id = before.get('_id');
  if (id === undefined) return after;
  const given = after.get('_id');
  if (given !== undefined && !equal(given, id)) throw immutable();
  const out: Doc = new Map([['_id', id]]);
  for (const [key, value] of after) if (key !== '_id') out.set(key, value);
  return out;
}

const immutable = () =>
  new MongoError('ImmutableField', "Performing an update on the path '_id' would modify the immutable field '_id'");

function compileOperators(update: Doc, filters: Maybe, scope: Scope): Update {
  const arrayFilters = new ArrayFilters(filters, scope);
  const steps: Step[] = [];
  const renames: [string, string][] = [];
  for (const [operator, fields] of update) {
    if (!operator.startsWith('$'))
      throw failedToParse(
        `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    if (operator !== '$rename' && !UPDATE_OPERATORS[operator])
      throw failedToParse(
        `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    if (!isDoc(fields))
      throw failedToParse(
        `Modifiers operate on fields but we found type ${typeName(fields)} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${typeName(fields)}}`,
      );
    for (const [path, operand] of fields) {
      checkPath(path);
      if (operator === '$rename') renames.push([path, checkRename(path, operand)]);
      else steps.push(step(operator, path, operand));
    }
  }
  const paths = [...steps.map(({ path }) => path), ...renames.flat()];
  checkConflicts(paths);
  for (const part of paths.flatMap((path) => path.split('.')))
    if (part.startsWith('$[') && part !== '$[]') arrayFilters.use(part.slice(2, -1));
  arrayFilters.checkUsed();
  // New fields are added in the order of their names, whatever the order in the update.
  steps.sort((a, b) => comparePaths(a.path, b.path));
  const usesPosition = paths.some((path) => path.split('.').includes('$'));
  return finished(
    (document, options) => run(document, steps, renames, arrayFilters, options, scope),
    usesPosition,
    false,
  );
}

function step(operator: string, path: string, operand: Value): Step {
  const known = UPDATE_OPERATORS[operator]!;
  return { path, operator, creates: known.creates, change: known.compile(operand, path) };
}

function run(
  before: Doc,
  steps: Step[],
  renames: [string, string][],
  arrayFilters: ArrayFilters,
  options: ApplyOptions,
  scope: Scope,
): Doc {
  const document = clone(before);
  const id = before.get('_id');
  const resolution = { arrayFilters, position: options.position };
  const touched: string[] = [];
  for (const [from, to] of renames) rename(document, from, to);
  for (const { path, operator, creates, change } of steps) {
    if (operator === '$setOnInsert' && !options.inserting) continue;
    places(document, path, resolution, creates, (place, concrete) => {
      touched.push(concrete);
      change(place, { now: scope.now, path: concrete, id });
    });
  }
  // Only now it shows which elements the positions stood for.
  checkConflicts(touched);
  if (id !== undefined && !equal(document.get('_id'), id)) throw immutable();
  return document;
}

/** The document that an upsert starts from: what the filter says must be equal. */
export function upsertBase(filter: Doc): Doc {
  const out: Doc = new Map();
  for (const [path, value] of equalities(filter)) {
    if (isTaken(out, path.split('.')))
      throw new MongoError('NotSingleValueField', `cannot infer query fields to set, path '${path}' is matched twice`);
    places(
      out,
      path,
      {
        arrayFilters: new ArrayFilters(undefined, withRoot({ root: out, now: new Date(0), variables: new Map() }, out)),
        position: undefined,
      },
      true,
      (place) => place.set(clone(value)),
    );
  }
  return out;
}

/** Whether something is under the path already, or in its way. */
function isTaken(document: Doc, parts: string[]): boolean {
  return parts.some((_part, i) => {
    const found = valueAt(document, parts.slice(0, i + 1));
    return found !== undefined && (i === parts.length - 1 || !isDoc(found));
  });
}

function* equalities(filter: Doc): Iterable<[string, Value]> {
  for (const [key, value] of filter) {
    if (key === '$and' && Array.isArray(value)) for (const clause of value) yield* equalities(clause as Doc);
    else if (key === '$or' && Array.isArray(value) && value.length === 1) yield* equalities(value[0] as Doc);
    else if (!key.startsWith('$')) yield* equality(key, value);
  }
}

function* equality(path: string, value: Value): Iterable<[string, Value]> {
  const operators = isDoc(value) && [...value.keys()][0]?.startsWith('$');
  if (!operators) {
    if (typeName(value) !== 'regex') yield [path, value];
  } else if (value.has('$eq')) yield [path, value.get('$eq')!];
  else if (value.has('$in')) {
    const list = value.get('$in');
    if (Array.isArray(list) && list.length === 1 && typeName(list[0]) !== 'regex') yield [path, list[0]!];
  } else if (value.has('$all')) {
    const list = value.get('$all');
    if (Array.isArray(list) && list.length === 1 && !isDoc(list[0])) yield [path, list[0]!];
  }
}
