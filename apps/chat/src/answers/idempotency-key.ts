import { StreamErrors } from '../streams/streams.errors.js';

/** The client's name for one request (IETF draft "The Idempotency-Key HTTP Header Field"). @throws DomainError `idempotency_key_invalid` */
export function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(header)) throw StreamErrors.idempotencyKeyInvalid();
  return header;
}
