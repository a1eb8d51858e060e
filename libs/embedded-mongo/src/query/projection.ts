import { isDoc, isNumeric, toNumber, type Doc, type Maybe, type Value } from '../bson/value.js';
import { badValue, MongoError } from '../errors/mongo-error.js';
import { compileExpression, isTruthy } from '../expressions/compile.js';
import { withRoot, type Expression, type Scope } from '../expressions/scope.js';
import { compileElemMatch } from './matcher.js';

export type Project = (document: Doc) => Doc;

/** A projection as a tree: what to do with the fields at each level. */
type Node = Leaf | Map<string, Node>;
type Leaf =
  | { keep: boolean }
  | { compute: Expression }
  | { slice: [number, number | undefined] }
  | { elemMatch: (value: Value) => boolean };

const isFlag = (value: Value): value is boolean | number => typeof value === 'boolean' || isNumeric(value);

/** Compiles the projection of `find` and `$project`; `stage` is set in a pipeline, where `$slice` is an expression. */
export function compileProjection(spec: Doc, scope: Scope, stage = false): Project {
  const root: Map<string, Node> = new Map();
  for (const [path, value] of spec) add(root, path, value, scope, stage);
  const inclusive = isInclusive(root, spec);
  if (inclusive && !spec.has('_id')) root.set('_id', { keep: true });
  return (document) => (inclusive ? include : exclude)(document, root, withRoot(scope, document)) as Doc;
}

function add(node: Map<string, Node>, path: string, value: Value, scope: Scope, stage: boolean): void {
  if (path.startsWith('$') || path.split('.').includes(''))
    throw new MongoError(
      path === '' || path.includes('..') ? 40352 : 16410,
      "FieldPath field names may not start with '$' and may not be empty.",
    );
  const [first, ...rest] = path.split('.') as [string, ...string[]];
  if (rest[rest.length - 1] === '$') throw badValue('the positional projection is not supported');
  if (rest.length > 0) {
    const inner = node.get(first) ?? new Map<string, Node>();
    if (!(inner instanceof Map)) throw new MongoError(31250, `Path collision at ${path}`);
    node.set(first, inner);
    return add(inner, rest.join('.'), value, scope, stage);
  }
  if (node.has(first)) throw new MongoError(31250, `Path collision at ${path}`);
  if (isNested(value)) {
    const inner = new Map<string, Node>();
    node.set(first, inner);
    for (const [key, deeper] of value) add(inner, key, deeper, scope, stage);
  } else node.set(first, leaf(value, scope, stage));
}

/** A document without an operator in front is a projection of the fields inside. */
function isNested(value: Value): value is Doc {
  if (!isDoc(value)) return false;
  if (value.size === 0)
    throw new MongoError(51270, 'An empty sub-projection is not a valid value. Found empty object at path');
  return ![...value.keys()][0]!.startsWith('$');
}

function leaf(value: Value, scope: Scope, stage: boolean): Leaf {
  if (isFlag(value)) return { keep: isTruthy(value) };
  if (isDoc(value) && !stage) {
    if (value.has('$slice') && sliceOf(value.get('$slice')!)) return { slice: sliceOf(value.get('$slice')!)! };
    if (value.has('$elemMatch')) return { elemMatch: compileElemMatch(value.get('$elemMatch')!, scope) };
  }
  if (isDoc(value) && value.has('$meta')) throw new MongoError('CommandNotSupported', '$meta is not supported');
  return { compute: compileExpression(value, scope) };
}

function sliceOf(value: Value): [number, number | undefined] | undefined {
  if (isNumeric(value)) return [toNumber(value), undefined];
  if (Array.isArray(value) && value.length === 2 && value.every(isNumeric))
    return [toNumber(value[0] as number), toNumber(value[1] as number)];
  return undefined;
}

/** A projection either names what to keep or what to leave out; `_id` may always differ. */
function isInclusive(root: Map<string, Node>, spec: Doc): boolean {
  const kept: string[] = [];
  const dropped: string[] = [];
  let others = false;
  const visit = (node: Node, path: string) => {
    if (node instanceof Map) for (const [name, inner] of node) visit(inner, path ? `${path}.${name}` : name);
    else if ('keep' in node) {
      if (path !== '_id') (node.keep ? kept : dropped).push(path);
    } else if (!('slice' in node)) others = true;
  };
  visit(root, '');
  if (kept.length > 0 && dropped.length > 0)
    throw new MongoError(31254, `Cannot do exclusion on field ${dropped[0]} in inclusion projection`);
  if (dropped.length > 0) return false;
  if (kept.length > 0 || others) return true;
  const id = spec.get('_id');
  return id !== undefined && isFlag(id) && isTruthy(id);
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
    if (rule === undefined || (!(rule instanceof Map) && 'compute' in rule)) continue;
    const found = apply(inner, rule, scope, include);
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
  return addComputed(out, node, scope);
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
  if (count <= 0)
    throw new MongoError(28724, 'First argument to $slice must be an array, and the count must be positive');
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
