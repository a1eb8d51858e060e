import { Binary } from 'bson';
import { isDoc, isNumeric, toNumber, type Doc, type Maybe, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { fieldNames, fieldPath } from '../query/path.js';
import { OPERATORS } from './operators.js';
import type { Expression, Scope } from './scope.js';

/** Everything is true but false, null, missing and the zeros. */
export function isTruthy(value: Maybe): boolean {
  if (value === undefined || value === null || value === false) return false;
  return !isNumeric(value) || toNumber(value) !== 0;
}

/** Compiles an aggregation expression; an operator or a variable that is not known is refused here. */
export function compileExpression(value: Value, scope: Scope): Expression {
  return compileWith(value, new Set(scope.variables.keys()));
}

/** What compiles the arguments of an operator, with the variables that are in sight there. */
export type Compile = (value: Value, added?: Iterable<string>) => Expression;

function compileWith(value: Value, known: ReadonlySet<string>): Expression {
  if (typeof value === 'string' && value.startsWith('$')) return reference(value, known);
  if (Array.isArray(value)) {
    const elements = value.map((element) => compileWith(element, known));
    return (scope) => elements.map((element) => element(scope) ?? null);
  }
  if (isDoc(value)) return document(value, known);
  return () => value;
}

function reference(text: string, known: ReadonlySet<string>): Expression {
  if (!text.startsWith('$$')) {
    const parts = checkedPath(text.slice(1));
    if (parts.length === 1) {
      const [name] = parts as [string];
      return (scope) => scope.root.get(name);
    }
    return (scope) => fieldPath(scope.root, parts);
  }
  const [name, ...rest] = text.slice(2).split('.') as [string, ...string[]];
  const variable = variableNamed(name, known);
  if (rest.length === 0) return variable;
  const parts = fieldNames(rest.join('.'));
  return (scope) => fieldPath(variable(scope), parts);
}

export function checkedPath(path: string): string[] {
  if (path === '') throw new MongoError(16872, "'$' by itself is not a valid FieldPath");
  return fieldNames(path);
}

function variableNamed(name: string, known: ReadonlySet<string>): Expression {
  if (known.has(name)) return (scope) => scope.variables.get(name);
  if (name === 'ROOT' || name === 'CURRENT') return (scope) => scope.root;
  if (name === 'NOW') return (scope) => scope.now;
  if (name === 'REMOVE') return () => undefined;
  throw new MongoError(17276, `Use of undefined variable: ${name}`);
}

function document(value: Doc, known: ReadonlySet<string>): Expression {
  const [first] = value.keys();
  if (first?.startsWith('$')) return operator(value, first, known);
  const fields = [...value].map(([name, inner]) => {
    if (name.startsWith('$'))
      throw new MongoError(
        16410,
        `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
      );
    if (name.includes('.'))
      throw new MongoError(16412, `FieldPath field names may not contain '.'. Consider using $getField or $setField.`);
    return [name, compileWith(inner, known)] as const;
  });
  return (scope) => {
    const out: Doc = new Map();
    for (const [name, expression] of fields) {
      const found = expression(scope);
      if (found !== undefined) out.set(name, found);
    }
    return out;
  };
}

function operator(value: Doc, name: string, known: ReadonlySet<string>): Expression {
  if (value.size > 1)
    throw new MongoError(
      15983,
      `an object representing an expression must have exactly one field, the operator ${name}`,
    );
  const make = OPERATORS.get(name);
  if (!make) throw new MongoError('InvalidPipelineOperator', `Unrecognized expression '${name}'`);
  const compile: Compile = (inner, added) => compileWith(inner, added ? new Set([...known, ...added]) : known);
  return make(value.get(name)!, compile, name);
}

/** The arguments of an operator that takes `min` to `max` of them; a single one may stand without its list. */
export function argumentsOf(operand: Value, compile: Compile, name: string, min: number, max = min): Expression[] {
  const list = Array.isArray(operand) ? operand : [operand];
  if (list.length < min || list.length > max) {
    const wanted = min === max ? `exactly ${min}` : `at least ${min} and at most ${max}`;
    throw new MongoError(
      min === max ? 16020 : 28667,
      `Expression ${name} takes ${wanted} arguments. ${list.length} were passed in.`,
    );
  }
  return list.map((argument) => compile(argument));
}

export type ArgumentCodes = Readonly<Record<string, number>>;

/**
 * The named arguments of an operator such as `$map`: unknown and missing ones are refused. Among the codes `$` is for an operand
 * that is no document, and '' for an argument that is unknown.
 */
export function namedArguments(
  operand: Value,
  name: string,
  required: string[],
  optional: string[] = [],
  codes: ArgumentCodes = {},
): Doc {
  const refuse = (code: string, message: string) => new MongoError(codes[code] ?? 'FailedToParse', message);
  if (!isDoc(operand)) throw refuse('$', `${name} only supports an object as its argument`);
  for (const key of operand.keys())
    if (!required.includes(key) && !optional.includes(key))
      throw refuse('', `Unrecognized parameter to ${name}: ${key}`);
  for (const key of required) if (!operand.has(key)) throw refuse(key, `Missing '${key}' parameter to ${name}`);
  return operand;
}

export const isNullish = (value: Maybe): value is null | undefined => value === undefined || value === null;

export const isBytes = (value: Maybe): value is Binary => value instanceof Binary;
