import { isDoc, type Doc, type Value } from '../bson/value.js';
import type { Scope } from '../expressions/scope.js';
import { compileFilter } from '../query/matcher.js';
import { clone, valueAt } from '../query/path.js';
import { places } from './paths.js';
import { ArrayFilters } from './array-filters.js';

/**
 * Finds which element of the array under `arrayPath` made the filter match. The conditions on that array are asked again with
 * one element at a time in its place.
 */
export function matchedPosition(document: Doc, filter: Doc, arrayPath: string, scope: Scope): number | undefined {
  const array = valueAt(document, arrayPath.split('.'));
  if (!Array.isArray(array)) return undefined;
  const clauses = clausesOn(filter, arrayPath);
  for (const clause of clauses.reverse()) {
    const matches = compileFilter(clause, scope);
    const at = array.findIndex((element) => matches(withOnly(document, arrayPath, element)));
    if (at >= 0) return at;
  }
  return undefined;
}

function clausesOn(filter: Doc, path: string): Doc[] {
  const out: Doc[] = [];
  for (const [key, value] of filter) {
    if (key === path || key.startsWith(`${path}.`)) out.push(new Map([[key, value]]));
    else if ((key === '$and' || key === '$or') && Array.isArray(value))
      for (const clause of value) if (isDoc(clause)) out.push(...clausesOn(clause, path));
  }
  return out;
}

function withOnly(document: Doc, path: string, element: Value): Doc {
  const copy = clone(document);
  const resolution = {
    arrayFilters: new ArrayFilters(undefined, { root: copy, now: new Date(0), variables: new Map() }),
    position: undefined,
  };
  places(copy, path, resolution, true, (place) => place.set([element]));
  return copy;
}
