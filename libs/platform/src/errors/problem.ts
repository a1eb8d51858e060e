import { STATUS_CODES } from 'node:http';
import type { DomainError } from './domain-error.js';

/** A problem document (RFC 9457) with the two members that all of ours have: `code` and `request_id`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  request_id: string;
  [fact: string]: unknown;
}

export const problemMediaType = 'application/problem+json';

/** @param instance the path of the request, without its query: a query may carry a secret. */
export function toProblem(error: DomainError, instance: string, requestId: string): Problem {
  return {
    ...error.extras.facts,
    type: `urn:parley:problem:${error.code}`,
    title: STATUS_CODES[error.status] ?? 'Error',
    status: error.status,
    detail: error.message,
    instance,
    code: error.code,
    request_id: requestId,
  };
}

export function problemHeaders(error: DomainError): Record<string, string> {
  const { retryAfterSeconds, challenge } = error.extras;
  return {
    'content-type': problemMediaType,
    'cache-control': 'no-store',
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    ...(challenge === undefined ? {} : { 'www-authenticate': challenge }),
  };
}
