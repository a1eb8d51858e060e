import { plain } from '../bson/show.js';
import { Timestamp } from 'bson';
import { compare } from '../bson/compare.js';
import { calculate, type Arithmetic } from '../bson/numbers.js';
import { isDoc, isInt32, isNumeric, typeName, type Doc, type Maybe, type Value } from '../bson/value.js';
import { badValue, MongoError, typeMismatch } from '../errors/mongo-error.js';
import { clone } from '../query/path.js';
import { checkPath } from './conflicts.js';
import { ARRAY_UPDATES } from './array-operators.js';
import type { Place } from './paths.js';

export interface UpdateContext {
  now: Date;
  path: string;
  id: Maybe;
}

/** Changes what is at one place. */
export type Change = (place: Place, context: UpdateContext) => void;

export interface UpdateOperator {
  /** Whether missing documents on the way are made. */
  creates: boolean;
  compile(operand: Value, path: string): Change;
}

const put = (place: Place, value: Value) => {
  place.set(clone(value));
};

function arithmetic(op: Arithmetic, name: string): UpdateOperator {
  return {
    creates: true,
    compile(operand, path) {
      if (!isNumeric(operand))
        throw typeMismatch(
          `Cannot ${name === '$inc' ? 'increment' : 'multiply'} with non-numeric argument: {${path}: ${typeName(operand)}}`,
        );
      return (place, { id }) => {
        const current = place.get();
        if (current === undefined) return place.set(op === 'add' ? operand : calculate('multiply', operand, 0)!);
        if (!isNumeric(current))
          throw typeMismatch(
            `Cannot apply ${name} to a value of non-numeric type. {_id: ${plain(id)}} has the field '${path.split('.').at(-1)}' of non-numeric type ${typeName(current)}`,
          );
        const result = calculate(op, current, operand);
        if (result === undefined)
          throw badValue(`Failed to apply ${name} operations to current value for document {_id: ${plain(id)}}`);
        place.set(result);
      };
    },
  };
}

const extreme = (side: 1 | -1): UpdateOperator => ({
  creates: true,
  compile: (operand) => (place) => {
    const current = place.get();
    if (current === undefined || compare(operand, current) * side > 0) put(place, operand);
  },
});

const set: UpdateOperator = { creates: true, compile: (operand) => (place) => put(place, operand) };

const currentDate: UpdateOperator = {
  creates: true,
  compile(operand) {
    if (isDoc(operand) && [...operand.keys()].some((key) => key !== '$type'))
      throw badValue('Unrecognized $currentDate option');
    const type = isDoc(operand) ? operand.get('$type') : operand === true || operand === false ? 'date' : undefined;
    if (type !== 'date' && type !== 'timestamp')
      throw badValue("The '$type' string field is required to be 'date' or 'timestamp'");
    return (place, { now }) =>
      place.set(type === 'date' ? now : new Timestamp({ t: Math.floor(now.getTime() / 1000), i: 1 }));
  },
};

const BITS: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
};
const isWhole = (value: Maybe): value is number | bigint =>
  typeof value === 'bigint' || (typeof value === 'number' && isInt32(value));

const bit: UpdateOperator = {
  creates: true,
  compile(operand) {
    if (!isDoc(operand) || operand.size === 0)
      throw badValue('The $bit modifier is not compatible: it needs a document of and, or, xor');
    for (const [name, value] of operand)
      if (!BITS[name] || !isWhole(value)) throw badValue('The $bit modifier only supports and, or, xor with integers');
    return (place) => {
      const current = place.get() ?? 0;
      if (!isWhole(current)) throw badValue('Cannot apply $bit to a value of non-integral type.');
      const values = [...operand].map(([name, value]) => [BITS[name]!, value as number | bigint] as const);
      const wide = typeof current === 'bigint' || values.some(([, value]) => typeof value === 'bigint');
      const result = values.reduce((total, [compute, value]) => compute(total, BigInt(value)), BigInt(current));
      place.set(wide ? result : Number(result));
    };
  },
};

export const UPDATE_OPERATORS: Readonly<Record<string, UpdateOperator>> = {
  $set: set,
  $setOnInsert: set,
  $unset: { creates: false, compile: () => (place) => place.get() !== undefined && place.unset() },
  $inc: arithmetic('add', '$inc'),
  $mul: arithmetic('multiply', '$mul'),
  $min: extreme(-1),
  $max: extreme(1),
  $currentDate: currentDate,
  $bit: bit,
  ...ARRAY_UPDATES,
};

/** `$rename` touches two paths and is told apart from the others. */
export function rename(document: Doc, from: string, to: string): void {
  const parts = from.split('.');
  const parent = parts
    .slice(0, -1)
    .reduce<Maybe>(
      (value, part) => (isDoc(value) ? value.get(part) : value === undefined ? undefined : arrayInWay(value, from)),
      document,
    );
  if (Array.isArray(parent)) arrayInWay(parent, from);
  if (!isDoc(parent) || !parent.has(parts.at(-1)!)) return;
  const value = parent.get(parts.at(-1)!)!;
  parent.delete(parts.at(-1)!);
  const target = to.split('.');
  let container: Doc = document;
  for (const part of target.slice(0, -1)) {
    const next: Maybe = container.get(part);
    if (next === undefined) container.set(part, new Map());
    else if (Array.isArray(next)) throw badValue(`The destination field cannot be an array element, '${to}'`);
    else if (!isDoc(next))
      throw new MongoError('PathNotViable', `Cannot create field '${part}' in element {${typeName(next)}}`);
    container = container.get(part) as Doc;
  }
  container.delete(target.at(-1)!);
  container.set(target.at(-1)!, value);
}

function arrayInWay(value: Value, from: string): undefined {
  if (Array.isArray(value)) throw badValue(`The source field cannot be an array element, '${from}'`);
  return undefined;
}

export function checkRename(from: string, to: Value): string {
  if (typeof to !== 'string') throw badValue(`The 'to' field for $rename must be a string: ${from}`);
  checkPath(to);
  if (from === to) throw badValue(`The source and target field for $rename must differ: ${from}`);
  if (from.includes('$')) throw badValue(`The source field for $rename may not be dynamic: ${from}`);
  if (to.includes('$')) throw badValue(`The destination field for $rename may not be dynamic: ${to}`);
  if (from.startsWith(`${to}.`) || to.startsWith(`${from}.`))
    throw badValue(`The source and target field for $rename must not be on the same path: ${from}: "${to}"`);
  return to;
}
