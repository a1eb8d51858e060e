import { millisOf } from './dates.js';
import { isDoc, typeName, type Maybe, type Value } from './value.js';

/** A value as the shell would write it. */
export function show(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (isDoc(value)) return `{ ${[...value].map(([key, inner]) => `${key}: ${show(inner)}`).join(', ')} }`;
  if (Array.isArray(value)) return `[ ${value.map(show).join(', ')} ]`;
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return `${value}`;
  if (value instanceof Date) return `new Date(${millisOf(value)})`;
  const text = (value as { toString(): string }).toString();
  const name = typeName(value);
  return name === 'objectId' ? `ObjectId('${text}')` : name === 'binData' ? `BinData(${text})` : text;
}

/** A name or another value inside a message or as a text: a string stands for itself. */
export const plain = (value: Maybe): string =>
  typeof value === 'string' ? value : value === undefined ? 'undefined' : show(value);
