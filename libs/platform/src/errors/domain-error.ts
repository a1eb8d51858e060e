/** What kind of "no" an error is; each kind has one HTTP status (RFC 9110; 423 from RFC 4918, 431 from RFC 6585). */
export const errorStatus = {
  invalid: 400,
  unauthenticated: 401,
  insufficientFunds: 402,
  forbidden: 403,
  notFound: 404,
  timeout: 408,
  conflict: 409,
  gone: 410,
  tooLarge: 413,
  unsupportedMediaType: 415,
  misdirected: 421,
  unprocessable: 422,
  locked: 423,
  rateLimited: 429,
  headersTooLarge: 431,
  internal: 500,
  badGateway: 502,
  unavailable: 503,
} as const;

export type ErrorKind = keyof typeof errorStatus;

/** Facts and headers that belong to one error; `cause` goes to the log and never to the client. */
export interface ErrorExtras {
  /** Extra members of the problem document (RFC 9457, 3.2), in snake_case. */
  facts?: Readonly<Record<string, unknown>>;
  /** Seconds for a `Retry-After` header. */
  retryAfterSeconds?: number;
  /** The value of `WWW-Authenticate` (RFC 6750, 3). */
  challenge?: string;
  cause?: unknown;
}

/**
 * An expected refusal. One value serves every exit: the HTTP body, the SSE `error` event and the socket acknowledgement.
 * `code` is stable and meant for programs; `message` is one sentence that anyone may read.
 */
export class DomainError extends Error {
  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    readonly extras: ErrorExtras = {},
  ) {
    super(message, { cause: extras.cause });
    this.name = 'DomainError';
  }

  get status(): number {
    return errorStatus[this.kind];
  }

  /** Whether the same request may succeed later, unchanged. */
  get retryable(): boolean {
    return this.kind === 'unavailable' || this.kind === 'rateLimited';
  }
}
