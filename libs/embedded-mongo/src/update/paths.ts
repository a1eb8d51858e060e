import { isDoc, typeName, type Doc, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { isArrayIndex } from '../query/path.js';
import type { ArrayFilters } from './array-filters.js';

/** Where an update puts something: a field of a document or an element of an array. */
export interface Place {
  get(): Value | undefined;
  set(value: Value): void;
  unset(): void;
}

export interface Resolution {
  arrayFilters: ArrayFilters;
  /** What `$` stands for: the position at which the filter found its match. */
  position: number | undefined;
}

/** Arrays do not grow by more than this many nulls at once, as in MongoDB. */
const MAX_PADDING = 1_500_000;

/**
 * Calls `act` with every place that an update's path stands for. Missing documents on the way are made only when `create` is
 * set and something is then put there.
 */
export function places(
  document: Doc,
  path: string,
  resolution: Resolution,
  create: boolean,
  act: (place: Place, path: string) => void,
): void {
  walk(document, path.split('.'), 0, [], resolution, create, act);
}

function walk(
  container: Doc | Value[],
  parts: string[],
  at: number,
  walked: string[],
  resolution: Resolution,
  create: boolean,
  act: (place: Place, path: string) => void,
): void {
  for (const part of positions(container, parts, at, walked, resolution)) {
    const here = [...walked, part];
    const place = placeIn(container, part, walked, create);
    if (!place) continue;
    if (at === parts.length - 1) {
      act(place, here.join('.'));
      continue;
    }
    const next = place.get();
    if (isDoc(next) || Array.isArray(next)) walk(next, parts, at + 1, here, resolution, create, act);
    else if (next === undefined) {
      if (create) make(place, parts, at + 1, here, resolution, act);
    } else if (parts[at + 1]!.startsWith('$['))
      throw new MongoError('BadValue', `Cannot apply array updates to non-array element ${part}`);
    else if (create) throw notViable(parts[at + 1]!, part, next);
  }
}

/** Builds the missing documents, and hangs them up only when something was put into them. */
function make(
  place: Place,
  parts: string[],
  at: number,
  here: string[],
  resolution: Resolution,
  act: (place: Place, path: string) => void,
): void {
  const fresh: Doc = new Map();
  if (isPositional(parts[at]!))
    throw new MongoError(
      'BadValue',
      `The path '${here.join('.')}' must exist in the document in order to apply array updates.`,
    );
  walk(fresh, parts, at, here, resolution, true, act);
  if (fresh.size > 0) place.set(fresh);
}

export const isPositional = (part: string): boolean => part === '$' || part.startsWith('$[');

/** The concrete fields or positions that one part of a path stands for. */
function positions(
  container: Doc | Value[],
  parts: string[],
  at: number,
  walked: string[],
  { arrayFilters, position }: Resolution,
): string[] {
  const part = parts[at]!;
  if (!isPositional(part)) return [part];
  if (part === '$') {
    if (position === undefined)
      throw new MongoError('BadValue', 'The positional operator did not find the match needed from the query.');
    return [String(position)];
  }
  if (!Array.isArray(container))
    throw new MongoError('BadValue', `Cannot apply array updates to non-array element ${walked.at(-1) ?? ''}`);
  const name = part.slice(2, -1);
  return container.flatMap((element, i) => (name === '' || arrayFilters.matches(name, element) ? [String(i)] : []));
}

function placeIn(container: Doc | Value[], part: string, walked: string[], create: boolean): Place | undefined {
  if (isDoc(container))
    return {
      get: () => container.get(part),
      set: (value) => void container.set(part, value),
      unset: () => void container.delete(part),
    };
  if (!isArrayIndex(part)) {
    if (!create) return undefined;
    throw notViable(part, walked.at(-1) ?? '', container);
  }
  const index = Number(part);
  if (index >= container.length && !create) return undefined;
  return {
    get: () => container[index],
    set: (value) => {
      if (index - container.length > MAX_PADDING)
        throw new MongoError('BadValue', "can't backfill more than 1500000 elements");
      while (container.length < index) container.push(null);
      container[index] = value;
    },
    unset: () => void (container[index] = null),
  };
}

const notViable = (part: string, parent: string, value: Value) =>
  new MongoError('PathNotViable', `Cannot create field '${part}' in element {${parent}: ${typeName(value)}}`);
