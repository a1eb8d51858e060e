import { isDoc, type Maybe, type Value } from '../bson/value.js';
import { badValue, failedToParse } from '../errors/mongo-error.js';
import type { Scope } from '../expressions/scope.js';
import { compileFilter, type Match } from '../query/matcher.js';

/** The conditions that `$[name]` in a path refers to. */
export class ArrayFilters {
  private readonly filters = new Map<string, Match>();
  private readonly used = new Set<string>();

  constructor(list: Maybe, scope: Scope) {
    if (list === undefined) return;
    if (!Array.isArray(list)) throw failedToParse('arrayFilters must be an array');
    for (const filter of list) {
      if (!isDoc(filter) || filter.size === 0)
        throw failedToParse('Cannot use an expression without a top-level field name in arrayFilters');
      const name = nameOf(filter);
      if (!/^[a-z][A-Za-z0-9]*$/.test(name))
        throw badValue(
          `Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${name}'`,
        );
      if (this.filters.has(name))
        throw failedToParse(`Found multiple array filters with the same top-level field name ${name}`);
      this.filters.set(name, compileFilter(filter, scope));
    }
  }

  use(name: string): void {
    if (!this.filters.has(name)) throw badValue(`No array filter found for identifier '${name}' in path`);
    this.used.add(name);
  }

  /** Every filter must be there for some path: one that is not is a mistake of the caller. */
  checkUsed(): void {
    for (const name of this.filters.keys())
      if (!this.used.has(name))
        throw failedToParse(`The array filter for identifier '${name}' was not used in the update`);
  }

  matches(name: string, element: Value): boolean {
    return this.filters.get(name)!(new Map([[name, element]]));
  }
}

/** All conditions of one filter must be about one name; it is found below `$and` and `$or` too. */
function nameOf(filter: Map<string, Value>): string {
  const names = new Set<string>();
  const collect = (part: Map<string, Value>) => {
    for (const [key, value] of part) {
      if (key.startsWith('$') && Array.isArray(value)) for (const clause of value.filter(isDoc)) collect(clause);
      else names.add(key.split('.')[0]!);
    }
  };
  collect(filter);
  if (names.size !== 1)
    throw failedToParse(
      `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${[...names].join("' and '")}'`,
    );
  return [...names][0]!;
}
