import type { FastifyInstance } from 'fastify';
import { PlatformErrors } from '../errors/platform.errors.js';

/**
 * Parses bodies as Fastify does, and refuses one in which an object has a name twice: of two values one would be taken, and whoever
 * looked at the request before us, such as a filter in front, may have taken the other (RFC 8259, 4).
 */
export function refuseEqualNames(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser('application/json');
  fastify.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    const check = (error: Error | null, value?: unknown) =>
      done(!error && hasEqualNames(text, value) ? PlatformErrors.nameTwice() : error, value);
    void parse(request, text, check);
  });
}

/** A text of JSON, whole; the colon makes it a name. */
const strings = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g;

/** Whether a text that is JSON names more fields than what was read from it has. */
export function hasEqualNames(text: string, value: unknown): boolean {
  let named = 0;
  for (const [, colon] of text.matchAll(strings)) if (colon !== undefined) named++;
  return named !== namesIn(value);
}

function namesIn(value: unknown): number {
  let count = 0;
  const open = [value];
  while (open.length > 0) {
    const each = open.pop();
    if (typeof each !== 'object' || each === null) continue;
    const inner = Object.values(each) as unknown[];
    if (!Array.isArray(each)) count += inner.length;
    for (const one of inner) open.push(one);
  }
  return count;
}
