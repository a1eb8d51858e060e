import { doc, isDoc, typeName, type Doc, type Maybe } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { checkedPath } from '../expressions/compile.js';
import { isPause } from '../pace.js';
import { fieldNames } from '../query/path.js';
import type { Docs, StageMaker } from './stage.js';

interface Unwinding {
  path: string[];
  keepEmpty: boolean;
  /** Where the position of the element goes, a long. */
  index: string[] | undefined;
}

export const unwind: StageMaker = (operand) => {
  if (!isDoc(operand) && typeof operand !== 'string')
    throw new MongoError(
      15981,
      `expected either a string or an object as specification for $unwind stage, got ${typeName(operand)}`,
    );
  const unwinding = unwindingOf(isDoc(operand) ? operand : doc({ path: operand }));
  return (input) => unwound(input, unwinding);
};

function unwindingOf(spec: Doc): Unwinding {
  for (const [option, value] of spec) {
    if (!['path', 'includeArrayIndex', 'preserveNullAndEmptyArrays'].includes(option))
      throw new MongoError(28811, `unrecognized option to $unwind stage: ${option}`);
    if (option === 'path' && typeof value !== 'string')
      throw new MongoError(28808, `expected a string as the path for $unwind stage, got ${typeName(value)}`);
    if (option === 'preserveNullAndEmptyArrays' && typeof value !== 'boolean')
      throw new MongoError(
        28809,
        `expected a boolean for the preserveNullAndEmptyArrays option to $unwind stage, got ${typeName(value)}`,
      );
    if (option === 'includeArrayIndex') checkIndex(value);
  }
  const path = spec.get('path') as string | undefined;
  if (path === undefined || path === '') throw new MongoError(28812, 'no path specified to $unwind stage');
  if (!path.startsWith('$'))
    throw new MongoError(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`);
  const index = spec.get('includeArrayIndex') as string | undefined;
  return {
    path: checkedPath(path.slice(1)),
    keepEmpty: spec.get('preserveNullAndEmptyArrays') === true,
    index: index === undefined ? undefined : fieldNames(index),
  };
}

function checkIndex(value: Maybe): void {
  if (typeof value !== 'string' || value === '')
    throw new MongoError(
      28810,
      `expected a non-empty string for the includeArrayIndex option to $unwind stage, got ${typeName(value)}`,
    );
  if (value.startsWith('$'))
    throw new MongoError(
      28822,
      `includeArrayIndex option to $unwind stage should not be prefixed with a '$': ${value}`,
    );
}

function* unwound(input: Docs, { path, keepEmpty, index }: Unwinding): Docs {
  for (const document of input) {
    if (isPause(document)) {
      yield document;
      continue;
    }
    const value = path.reduce<Maybe>((found, part) => (isDoc(found) ? found.get(part) : undefined), document);
    const single = !Array.isArray(value);
    const elements: Maybe[] = Array.isArray(value) && value.length > 0 ? value : [single ? value : undefined];
    for (const [at, element] of elements.entries()) {
      const empty = element === undefined || (single && element === null);
      if (empty && !keepEmpty) continue;
      const out = single ? document : withValue(document, path, element);
      yield index ? withValue(out, index, empty || single ? null : BigInt(at)) : out;
    }
  }
}

/** A copy with a value under a path; what stands in its way and is no document is replaced by one. */
export function withValue(document: Doc, [first, ...rest]: string[], value: Maybe): Doc {
  const out = new Map(document);
  const inner = document.get(first!);
  const next = rest.length === 0 ? value : withValue(isDoc(inner) ? inner : doc(), rest, value);
  if (next === undefined) out.delete(first!);
  else out.set(first!, next);
  return out;
}
