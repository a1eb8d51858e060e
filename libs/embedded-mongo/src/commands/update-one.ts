import { encode } from '../bson/encode.js';
import { doc, type Doc, type Maybe, type Value } from '../bson/value.js';
import { badValue, MongoError } from '../errors/mongo-error.js';
import type { Scope } from '../expressions/scope.js';
import { search, type Found } from '../planner/scan.js';
import { parseSort } from '../query/sort.js';
import type { Collection } from '../storage/collection.js';
import type { Unit } from '../storage/unit.js';
import { matchedPosition } from '../update/position.js';
import { compileUpdate, upsertBase, type Update } from '../update/update.js';
import { insertOne } from './insert.js';

/** One update, of whichever command. */
export interface UpdateRequest {
  filter: Doc;
  update: Maybe;
  arrayFilters?: Maybe;
  sort?: Maybe;
  hint?: Value | undefined;
  multi: boolean;
  upsert: boolean;
  bypassValidation: boolean;
}

export interface UpdateResult {
  matched: number;
  modified: number;
  upsertedId?: Value;
  /** Of a single update: the document before and after it. */
  before?: Doc;
  after?: Doc;
}

export function runUpdate(unit: Unit, collection: Collection, request: UpdateRequest, scope: Scope): UpdateResult {
  const update = compileUpdate(request.update, request.arrayFilters, scope);
  if (update.replaces && request.multi)
    throw new MongoError('FailedToParse', 'multi update is not supported for replacement-style update');
  const { found } = search(unit, collection, {
    filter: request.filter,
    sort: parseSort(request.sort),
    hint: request.hint,
    scope,
  });
  // All are found before the first is changed: a change may move a document to where the search has yet to come.
  const targets = request.multi ? [...found] : first(found);
  const result: UpdateResult = { matched: 0, modified: 0 };
  for (const target of targets) {
    const after = updated(target, update, request, scope);
    result.matched++;
    if (!identical(target.document, after)) {
      collection.update(unit, target, after, !request.bypassValidation);
      result.modified++;
    }
    if (!request.multi) Object.assign(result, { before: target.document, after });
  }
  if (result.matched === 0 && request.upsert) return upsert(unit, collection, update, request);
  return result;
}

export function first(found: Iterable<Found>): Found[] {
  for (const item of found) return [item];
  return [];
}

function updated(target: Found, update: Update, request: UpdateRequest, scope: Scope): Doc {
  const position = update.usesPosition ? positionOf(target.document, request, scope) : undefined;
  return update(target.document, { position });
}

function positionOf(document: Doc, { update, filter }: UpdateRequest, scope: Scope): number | undefined {
  for (const fields of (update as Doc).values()) {
    for (const path of (fields as Doc).keys()) {
      const parts = path.split('.');
      const at = parts.indexOf('$');
      if (at < 0) continue;
      const found = matchedPosition(document, filter, parts.slice(0, at).join('.'), scope);
      if (found !== undefined) return found;
    }
  }
  throw badValue('The positional operator did not find the match needed from the query.');
}

/** Also the types must be the same: 1 and 1.0 are equal, but an update may turn one into the other. */
function identical(a: Doc, b: Doc): boolean {
  return encode(a).equals(encode(b));
}

function upsert(unit: Unit, collection: Collection, update: Update, request: UpdateRequest): UpdateResult {
  const base = update.replaces ? idOf(request.filter) : upsertBase(request.filter);
  const after = insertOne(unit, collection, update(base, { inserting: true }), request.bypassValidation);
  return { matched: 0, modified: 0, upsertedId: after.get('_id')!, after };
}

/** A replacement takes from the filter nothing but the `_id`. */
function idOf(filter: Doc): Doc {
  const id = upsertBase(filter).get('_id');
  return id === undefined ? doc() : doc({ _id: id });
}
