import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logging/logger.js';
import type { DomainError } from './domain-error.js';
import { problemHeaders, toProblem } from './problem.js';
import { toDomainError } from './to-domain-error.js';

/** Renders every error of an HTTP route as `application/problem+json`. Causes go to the log, never to the client. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = toDomainError(thrown);
    logProblem(this.logger, error, request);
    if (reply.sent || reply.raw.headersSent) return;
    sendProblem(reply, error, request);
  }
}

export const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '/';

/** On every answer. A request that Fastify refuses before any hook runs gets them with its problem document. */
export const headersOfEveryAnswer = (request: FastifyRequest): Record<string, string> => ({
  'x-request-id': request.id,
  'x-content-type-options': 'nosniff',
});

export function sendProblem(reply: FastifyReply, error: DomainError, request: FastifyRequest): void {
  void reply
    .code(error.status)
    .headers({ ...headersOfEveryAnswer(request), ...problemHeaders(error) })
    .send(toProblem(error, pathOf(request), request.id));
}

function logProblem(logger: Logger, error: DomainError, request: FastifyRequest): void {
  if (error.status < 500) return;
  const level = error.kind === 'internal' ? 'error' : 'warn';
  logger[level]({ code: error.code, request_id: request.id, path: pathOf(request), err: error.cause }, error.message);
}
