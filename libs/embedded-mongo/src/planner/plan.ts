import { equal } from '../bson/compare.js';
import { isDoc, type Doc, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { ID_INDEX, type IndexSpec } from '../indexes/index-description.js';
import type { SortField } from '../query/sort.js';
import type { Collection } from '../storage/collection.js';
import { boundsOf, type Bounds, type Interval } from './bounds.js';
import { conditionsOf, impliesPresence, type Condition } from './conditions.js';
import { implies } from './implication.js';

export interface Plan {
  /** None: every document is looked at, in natural order. */
  index?: IndexSpec;
  intervals: Interval[];
  /** The index gives the documents in the wanted order already. */
  sorted: boolean;
  reverse: boolean;
  /** Whatever the index gives matches the filter; it need not be asked again. */
  exact: boolean;
}

export interface Wanted {
  filter: Doc;
  sort: SortField[];
  hint?: Value | undefined;
}

export function planQuery(collection: Collection, { filter, sort, hint }: Wanted): Plan {
  const conditions = conditionsOf(filter);
  if (hint !== undefined) return hinted(collection, filter, conditions, sort, hint);
  let best: { plan: Plan; score: number } | undefined;
  for (const index of collection.indexes) {
    if (index.hidden || !complete(index, filter, conditions)) continue;
    const candidate = candidateOf(index, filter, conditions, sort);
    if (candidate.score > (best?.score ?? 0)) best = candidate;
  }
  return best?.plan ?? fullScan(natural(sort));
}

const fullScan = (reverse: boolean): Plan => ({ intervals: [], sorted: false, reverse, exact: false });

const natural = (sort: SortField[]) => sort[0]?.path[0] === '$natural' && sort[0].direction === -1;

/** A sparse or partial index may only be used when nothing that the filter wants can be missing in it. */
function complete(index: IndexSpec, filter: Doc, conditions: Condition[]): boolean {
  if (index.partialFilter) return implies(filter, index.partialFilter);
  return !index.sparse || [...index.key.keys()].some((path) => impliesPresence(conditions, path));
}

function candidateOf(
  index: IndexSpec,
  filter: Doc,
  conditions: Condition[],
  sort: SortField[],
): { plan: Plan; score: number } {
  const bounds = boundsOf(index, conditions);
  const direction = sortDirection(index, bounds, sort);
  const full = index.unique && bounds.single === index.paths.length;
  const score = (full ? 1000 : 0) + bounds.points * 10 + (bounds.ranged ? 5 : 0) + (direction === 0 ? 0 : 4);
  const plan: Plan = {
    index,
    intervals: bounds.intervals,
    sorted: direction !== 0,
    reverse: direction === -1,
    exact: isExact(index, bounds, filter, conditions),
  };
  return { plan, score };
}

/** 1 or -1 when reading the index upwards or downwards gives the wanted order, else 0. */
function sortDirection(index: IndexSpec, bounds: Bounds, sort: SortField[]): 0 | 1 | -1 {
  if (sort.length === 0 || index.multikey || bounds.intervals.length > 1) return 0;
  const fields = [...index.key.keys()];
  const fixed = new Set(fields.slice(0, bounds.single));
  const open = sort.filter(({ path }) => !fixed.has(path.join('.')));
  if (open.length === 0) return 1;
  // The order may begin at any of the fields that have one value each.
  const rest = fields.slice(bounds.single);
  const directions = open.map(({ path, direction }, i) =>
    path.join('.') === rest[i] ? direction * index.directions[bounds.single + i]! : 0,
  );
  if (directions.some((found) => found !== directions[0])) return 0;
  return directions[0] as 0 | 1 | -1;
}

function isExact(index: IndexSpec, bounds: Bounds, filter: Doc, conditions: Condition[]): boolean {
  if (!index.unique || index.multikey || index.partialFilter || bounds.ranged || bounds.points !== index.paths.length)
    return false;
  const fields = [...index.key.keys()];
  return (
    filter.size === fields.length &&
    conditions.length === fields.length &&
    fields.every((field) => filter.has(field) && !isDoc(filter.get(field)))
  );
}

function hinted(collection: Collection, filter: Doc, conditions: Condition[], sort: SortField[], hint: Value): Plan {
  if (isDoc(hint) && hint.has('$natural')) return fullScan(hint.get('$natural') === -1);
  const named = collection.indexes.filter(
    (index) =>
      (typeof hint === 'string' ? index.name === hint : equal(index.key, hint)) &&
      (!index.hidden || index.name === ID_INDEX),
  );
  if (named.length === 0)
    throw new MongoError(
      'BadValue',
      'error processing query: planner returned error: hint provided does not correspond to an existing index',
    );
  // A sparse index is used although it may lack documents; one that is partial only when it surely has them all.
  const index =
    named.find((candidate) => complete(candidate, filter, conditions)) ??
    named.find(({ partialFilter }) => partialFilter === undefined);
  if (!index)
    throw new MongoError('NoQueryExecutionPlans', 'error processing query: planner returned error: No query solutions');
  return candidateOf(index, filter, conditions, sort).plan;
}
