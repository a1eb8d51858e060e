import { randomUUID } from 'node:crypto';
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { DomainError } from '../errors/domain-error.js';
import { PlatformErrors } from '../errors/platform.errors.js';
import { problemHeaders, toProblem } from '../errors/problem.js';

const refusals: Readonly<Record<string, () => DomainError>> = {
  ERR_HTTP_REQUEST_TIMEOUT: PlatformErrors.requestTimeout,
  HPE_HEADER_OVERFLOW: PlatformErrors.headersTooLarge,
};

/** Ends a connection whose request never became one: it came too slowly, its headers are too large, or it is not HTTP. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable && !isBeingAnswered(socket)) {
    socket.write(toBytes((refusals[error.code ?? ''] ?? PlatformErrors.malformedRequest)()));
  }
  socket.destroy();
}

/** Into an answer that has begun nothing else may be written. Node itself looks for it here. */
const isBeingAnswered = (socket: Socket): boolean =>
  (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage?.headersSent === true;

function toBytes(refusal: DomainError): string {
  const requestId = randomUUID();
  const body = JSON.stringify(toProblem(refusal, '/', requestId));
  const headers = {
    ...problemHeaders(refusal),
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
    'x-request-id': requestId,
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n${lines.join('')}\r\n${body}`;
}
