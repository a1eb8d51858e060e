import { isDoc, isNumeric, toNumber, type Doc, type Maybe, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { compileExpression, isTruthy } from '../expressions/compile.js';
import { withRoot, type Expression, type Scope } from '../expressions/scope.js';
import { compileElemMatch } from './matcher.js';
import { fieldNames } from './path.js';

export type Project = (document: Doc) => Doc;

/** A projection as a tree: what to do with the fields at each level. */
type Node = Leaf | Map<string, Node>;
type Leaf =
  | { keep: boolean }
  | { compute: Expression }
  | { slice: [number, number | undefined] }
  | { elemMatch: (value: Value) => boolean };

const isFlag = (value: Value): value is boolean | number => typeof value === 'boolean' || isNumeric(value);

/** What a projection turns out to be while it is read: one that names what to keep, or what to leave out. */
interface Kind {
  inclusive?: boolean;
  id?: boolean;
}

/** Compiles the projection of `find` and `$project`; `stage` is set in a pipeline, where `$slice` is an expression. */
export function compileProjection(spec: Doc, scope: Scope, stage = false): Project {
  const root: Map<string, Node> = new Map();
  const kind: Kind = {};
  const reader = { kind, scope, stage };
  for (const [path, value] of spec) add(root, fieldsOf(path, stage), path, value, reader, true);
  const inclusive = kind.inclusive ?? undecided(root, kind);
  if (inclusive && !spec.has('_id') && !root.has('_id')) root.set('_id', { keep: true });
  return (document) => (inclusive ? include : exclude)(document, root, withRoot(scope, document)) as Doc;
}

/** With nothing but `_id`, `$slice` and `$elemMatch` it is not said outright what the projection is. */
function undecided(root: Map<string, Node>, { id }: Kind): boolean {
  const rules = [...root.values()].filter((rule) => !(rule instanceof Map));
  if (rules.some((rule) => 'slice' in rule)) return id === true;
  return rules.some((rule) => 'elemMatch' in rule) || id === true;
}

function fieldsOf(path: string, stage: boolean): string[] {
  if (!path.split('.').includes('$')) return fieldNames(path);
  if (stage) throw new MongoError(31324, 'Cannot use positional projection in aggregation projection');
  throw new MongoError('CommandNotSupported', 'the positional projection is not supported');
}

interface Reader {
  kind: Kind;
  scope: Scope;
  stage: boolean;
}

function add(node: Map<string, Node>, names: string[], path: string, value: Value, reader: Reader, top: boolean): void {
  const [first, ...rest] = names as [string, ...string[]];
  if (rest.length > 0) {
    const inner = node.get(first) ?? new Map<string, Node>();
    if (!(inner instanceof Map))
      throw new MongoError(31249, `Path collision at ${path} remaining portion ${rest.join('.')}`);
    node.set(first, inner);
    return add(inner, rest, path, value, reader, false);
  }
  if (isNested(value)) {
    const inner = node.get(first) ?? new Map<string, Node>();
    if (!(inner instanceof Map)) throw new MongoError(31250, `Path collision at ${path}`);
    node.set(first, inner);
    for (const [key, deeper] of value) add(inner, fieldsOf(key, reader.stage), `${path}.${key}`, deeper, reader, false);
    return;
  }
  if (node.has(first)) throw new MongoError(31250, `Path collision at ${path}`);
  node.set(first, leaf(value, path, reader, top));
}

/** A document without an operator in front is a projection of the fields inside. */
function isNested(value: Value): value is Doc {
  if (!isDoc(value)) return false;
  if (value.size === 0)
    throw new MongoError(51270, 'An empty sub-projection is not a valid value. Found empty object at path');
  return ![...value.keys()][0]!.startsWith('$');
}

function leaf(value: Value, path: string, { kind, scope, stage }: Reader, top: boolean): Leaf {
  if (isFlag(value)) return { keep: flag(isTruthy(value), path, kind, top) };
  const [operator] = isDoc(value) ? value.keys() : [];
  const operand = isDoc(value) ? value.get(operator!)! : null;
  if (!stage && operator === '$slice' && sliceOf(operand)) return { slice: sliceOf(operand)! };
  if (!stage && operator === '$elemMatch') {
    if (!isDoc(operand)) throw new MongoError(31274, 'elemMatch: Invalid argument, object required');
    if (!top || path.includes('.')) throw new MongoError(31275, 'Cannot use $elemMatch projection on a nested field.');
    return { elemMatch: compileElemMatch(operand, scope) };
  }
  if (operator === '$meta') throw new MongoError('CommandNotSupported', '$meta is not supported');
  if (kind.inclusive === false)
    throw new MongoError(operator ? 31252 : 31310, `Cannot use an expression ${path} in an exclusion projection`);
  kind.inclusive = true;
  return { compute: compileExpression(value, scope) };
}

/** Either all fields are kept or all are left out; only `_id` may differ. */
function flag(keep: boolean, path: string, kind: Kind, top: boolean): boolean {
  if (top && path === '_id') return (kind.id = keep);
  if (kind.inclusive !== undefined && kind.inclusive !== keep)
    throw keep
      ? new MongoError(31253, `Cannot do inclusion on field ${path} in exclusion projection`)
      : new MongoError(31254, `Cannot do exclusion on field ${path} in inclusion projection`);
  return (kind.inclusive = keep);
}

function sliceOf(value: Value): [number, number | undefined] | undefined {
  if (isNumeric(value)) return [toNumber(value), undefined];
  if (!Array.isArray(value) || value.length !== 2 || !value.every(isNumeric)) return undefined;
  const [skip, limit] = value.map((part) => toNumber(part as number)) as [number, number];
  if (limit <= 0) throw new MongoError(28724, 'First argument to $slice must be an array, but is a number');
  return [skip, limit];
}

function include(value: Maybe, node: Map<string, Node>, scope: Scope): Maybe {
  if (Array.isArray(value))
    return value
      .filter((element) => isDoc(element) || Array.isArray(element))
      .map((element) => include(element, node, scope)!);
  if (!isDoc(value)) return undefined;
  const out: Doc = new Map();
  for (const [name, inner] of value) {
    const rule = node.get(name);
    if (rule === undefined || (!(rule instanceof Map) && ('compute' in rule || 'elemMatch' in rule))) continue;
    const found = apply(inner, rule, scope, include);
    if (found !== undefined) out.set(name, found);
  }
  for (const [name, rule] of node) {
    if (rule instanceof Map || !('elemMatch' in rule)) continue;
    const found = apply(value.get(name) ?? null, rule, scope, include);
    if (found !== undefined) out.set(name, found);
  }
  return addComputed(out, node, scope);
}

function exclude(value: Maybe, node: Map<string, Node>, scope: Scope): Maybe {
  if (Array.isArray(value)) return value.map((element) => exclude(element, node, scope)!);
  if (!isDoc(value)) return value;
  const out: Doc = new Map();
  for (const [name, inner] of value) {
    const rule = node.get(name);
    const found = rule === undefined ? inner : apply(inner, rule, scope, exclude);
    if (found !== undefined) out.set(name, found);
  }
  return out;
}

function apply(value: Value, rule: Node, scope: Scope, descend: typeof include): Maybe {
  if (rule instanceof Map) return descend(value, rule, scope);
  if ('keep' in rule) return rule.keep ? value : undefined;
  if ('slice' in rule) return Array.isArray(value) ? sliced(value, ...rule.slice) : value;
  if ('elemMatch' in rule) {
    const found = Array.isArray(value) ? value.find((element) => rule.elemMatch(element)) : undefined;
    return found === undefined ? undefined : [found];
  }
  return value;
}

function sliced(values: Value[], from: number, count: number | undefined): Value[] {
  if (count === undefined) return from >= 0 ? values.slice(0, from) : values.slice(from);
  const start = from >= 0 ? from : Math.max(0, values.length + from);
  return values.slice(start, start + count);
}

/** Computed fields come after the kept ones. */
function addComputed(out: Doc, node: Map<string, Node>, scope: Scope): Doc {
  for (const [name, rule] of node) {
    if (rule instanceof Map) {
      if (!out.has(name) && hasComputed(rule)) out.set(name, addComputed(new Map(), rule, scope));
    } else if ('compute' in rule) {
      const found = rule.compute(scope);
      if (found !== undefined) out.set(name, found);
    }
  }
  return out;
}

const hasComputed = (node: Node): boolean =>
  node instanceof Map ? [...node.values()].some(hasComputed) : 'compute' in node;
