import type { Doc, Maybe } from '../bson/value.js';

/** What an expression can see. */
export interface Scope {
  readonly root: Doc;
  /** `$$NOW`: one instant for the whole command. */
  readonly now: Date;
  readonly variables: ReadonlyMap<string, Maybe>;
}

export type Expression = (scope: Scope) => Maybe;

export const emptyScope = (now: Date, variables: ReadonlyMap<string, Maybe> = new Map()): Scope => ({
  root: new Map(),
  now,
  variables,
});

export const withRoot = (scope: Scope, root: Doc): Scope => ({ root, now: scope.now, variables: scope.variables });

export function withVariables(scope: Scope, added: Iterable<readonly [string, Maybe]>): Scope {
  const variables = new Map(scope.variables);
  for (const [name, value] of added) variables.set(name, value);
  return { root: scope.root, now: scope.now, variables };
}
