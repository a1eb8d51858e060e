import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { PlatformErrors } from '../errors/platform.errors.js';

const visibleAscii = /^[\x21-\x7e]{1,255}$/;

/** @throws DomainError `idempotency_key_invalid` */
export function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !visibleAscii.test(header)) throw PlatformErrors.idempotencyKeyInvalid();
  return header;
}

/** The client's own name for its request (IETF draft "The Idempotency-Key HTTP Header Field"); undefined when it gives none. */
export const IdempotencyKey = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  readIdempotencyKey(context.switchToHttp().getRequest<FastifyRequest>().headers['idempotency-key']),
);
