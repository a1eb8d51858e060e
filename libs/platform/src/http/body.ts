import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';

/** Whether a request has a body, as its headers say before anything of it is read (RFC 9112, 6). */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/**
 * Of a refused request Node drops the rest unread, so that its sender sees the answer and may use the connection again. For
 * one that is too large, or does not say how large it is, that is not worth it.
 */
export const isMoreThanTaken = ({ headers, routeOptions }: FastifyRequest): boolean =>
  !(Number(headers['content-length']) <= routeOptions.bodyLimit);
