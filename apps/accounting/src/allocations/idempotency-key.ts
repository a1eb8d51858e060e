import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AllocationErrors } from './allocations.errors.js';

const visibleAscii = /^[\x21-\x7e]{1,255}$/;

/** The client's own name for its request; undefined when it gives none. */
export function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !visibleAscii.test(header)) throw AllocationErrors.idempotencyKeyInvalid();
  return header;
}

export const IdempotencyKey = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  readIdempotencyKey(context.switchToHttp().getRequest<FastifyRequest>().headers['idempotency-key']),
);
