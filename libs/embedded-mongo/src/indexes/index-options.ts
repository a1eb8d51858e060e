import { show } from '../bson/show.js';
import { compare } from '../bson/compare.js';
import { doc, isDoc, isNumeric, toNumber, type Doc, type Value } from '../bson/value.js';
import { badValue, MongoError } from '../errors/mongo-error.js';
import { emptyScope } from '../expressions/scope.js';
import { isTruthy } from '../expressions/compile.js';
import { compileFilter } from '../query/matcher.js';
import { checkPartialFilter } from './partial-filter.js';
import { defaultName, ID_INDEX, keyDirections, keyPaths, type IndexSpec } from './index-description.js';

const OPTIONS = new Set([
  'key', 'name', 'unique', 'sparse', 'partialFilterExpression', 'expireAfterSeconds', 'background', 'v', 'ns', 'hidden', 'collation', 'dropDups',
]); // prettier-ignore

/** The definition of an index as listIndexes shows it. */
export function indexDefinition(key: Doc, name: string, options: Doc = new Map()): Doc {
  const out = doc({ v: 2, key, name });
  for (const option of ['unique', 'sparse', 'hidden']) if (isTruthy(options.get(option))) out.set(option, true);
  for (const option of ['partialFilterExpression', 'expireAfterSeconds'])
    if (options.has(option)) out.set(option, options.get(option)!);
  return out;
}

/** Checks what the user asked for; whatever this server cannot do is refused. */
export function parseIndex(request: Value): Doc {
  if (!isDoc(request)) throw new MongoError('TypeMismatch', 'an index specification must be an object');
  for (const option of request.keys())
    if (!OPTIONS.has(option))
      throw new MongoError(
        'InvalidIndexSpecificationOption',
        `The field '${option}' is not valid for an index specification.`,
      );
  const key = request.get('key');
  if (!isDoc(key) || key.size === 0) throw new MongoError('CannotCreateIndex', 'Index keys cannot be empty.');
  for (const [field, value] of key) checkField(field, value);
  const name = request.get('name') ?? defaultName(key);
  if (typeof name !== 'string' || name === '') throw new MongoError('CannotCreateIndex', 'index names cannot be empty');
  if (name === '*') throw badValue("The index name '*' is not valid.");
  if (isIdKey(key)) return idDefinition(request, key);
  if (name === ID_INDEX)
    throw badValue(`The index name '${ID_INDEX}' is reserved for the _id index, which must have key pattern {_id: 1}`);
  checkOptions(request, key);
  return indexDefinition(key, name, request);
}

const ID_OPTIONS = new Set(['key', 'name', 'v', 'ns', 'collation', 'hidden']);

function isIdKey(key: Doc): boolean {
  const direction = key.get('_id');
  return key.size === 1 && isNumeric(direction) && Math.abs(Math.trunc(toNumber(direction))) === 1;
}

/** The index on `_id` is what it is: nothing about it can be chosen. */
function idDefinition(request: Doc, key: Doc): Doc {
  for (const option of request.keys())
    if (!ID_OPTIONS.has(option))
      throw new MongoError(
        'InvalidIndexSpecificationOption',
        `The field '${option}' is not valid for an _id index specification. Specification: ${show(request)}`,
      );
  if (compare(key, doc({ _id: 1 })) !== 0)
    throw badValue(`The field 'key' for an _id index must be {_id: 1}, but got ${show(key)}`);
  if (request.has('hidden')) throw badValue("can't hide _id index");
  checkOptions(request, key);
  return indexDefinition(key, ID_INDEX);
}

function checkField(field: string, value: Value): void {
  if (typeof value === 'string')
    throw new MongoError(
      'CannotCreateIndex',
      `Unknown index plugin '${value}': only ascending and descending indexes are supported`,
    );
  if (!isNumeric(value) || toNumber(value) === 0 || Number.isNaN(toNumber(value)))
    throw new MongoError('CannotCreateIndex', 'Values in v:2 index key pattern must be a non-zero number');
  if (field === '' || field.split('.').includes(''))
    throw new MongoError('CannotCreateIndex', 'Index keys cannot contain an empty field.');
  if (field.includes('$'))
    throw new MongoError(
      'CannotCreateIndex',
      'Index key contains an illegal field name: wildcard indexes are not supported.',
    );
}

function checkOptions(request: Doc, key: Doc): void {
  const collation = request.get('collation');
  if (isDoc(collation) && collation.get('locale') !== 'simple')
    throw new MongoError('CommandNotSupported', 'only the simple collation is supported');
  const expires = request.get('expireAfterSeconds');
  if (expires !== undefined && (!isNumeric(expires) || toNumber(expires) < 0))
    throw new MongoError('CannotCreateIndex', 'TTL index expireAfterSeconds option must be within an acceptable range');
  if (expires !== undefined && key.size > 1)
    throw new MongoError(
      'CannotCreateIndex',
      'TTL indexes are single-field indexes, compound indexes do not support TTL',
    );
  const partial = request.get('partialFilterExpression');
  if (partial !== undefined && !isDoc(partial))
    throw new MongoError('CannotCreateIndex', 'partialFilterExpression must be an object');
  if (partial !== undefined && isTruthy(request.get('sparse')))
    throw new MongoError('CannotCreateIndex', 'cannot mix "partialFilterExpression" and "sparse" options');
  if (partial !== undefined) checkPartialFilter(partial);
}

/** What the other parts work with, from a definition. */
export function buildIndex(definition: Doc, ident: number, now: () => number): IndexSpec {
  const key = definition.get('key') as Doc;
  const filter = definition.get('partialFilterExpression');
  const expires = definition.get('expireAfterSeconds');
  const name = definition.get('name') as string;
  return {
    name,
    ident,
    key,
    paths: keyPaths(key),
    directions: keyDirections(key),
    unique: name === ID_INDEX || definition.get('unique') === true,
    sparse: definition.get('sparse') === true,
    hidden: definition.get('hidden') === true,
    ...(isDoc(filter) && { partialFilter: filter, partial: compileFilter(filter, emptyScope(new Date(now()))) }),
    ...(isNumeric(expires) && { expireAfterSeconds: toNumber(expires) }),
    multikey: false,
    savedMultikey: false,
    definition,
  };
}

/**
 * The same index asked for again is nothing new; the same name for another one is refused, and so is another name for the same one.
 * What makes an index another one is its key and what it has of the documents.
 */
export function existing(wanted: Doc, indexes: IndexSpec[]): IndexSpec | undefined {
  const differs = (index: IndexSpec, options: string[]) =>
    options.some((option) => compare(index.definition.get(option), wanted.get(option)) !== 0);
  const named = indexes.find(({ name }) => name === wanted.get('name'));
  if (named && differs(named, SIGNATURE))
    throw new MongoError(
      'IndexKeySpecsConflict',
      `An existing index has the same name as the requested index. Requested index: ${show(wanted)}, existing index: ${show(named.definition)}`,
    );
  const equivalent = named ?? indexes.find((index) => !differs(index, SIGNATURE));
  if (!equivalent) return undefined;
  if (differs(equivalent, ['hidden', 'expireAfterSeconds']))
    throw new MongoError(
      'IndexOptionsConflict',
      `An equivalent index already exists with ${named ? 'the same name but' : 'a different name and'} different options. Requested index: ${show(wanted)}, existing index: ${show(equivalent.definition)}`,
    );
  if (named) return named;
  throw new MongoError('IndexOptionsConflict', `Index already exists with a different name: ${equivalent.name}`);
}

const SIGNATURE = ['key', 'unique', 'sparse', 'partialFilterExpression'];
