import { DomainError } from './domain-error.js';

/** The refusals that every service shares. */
export const PlatformErrors = {
  routeNotFound: () => new DomainError('notFound', 'route_not_found', 'There is no such route.'),
  malformedRequest: () => new DomainError('invalid', 'malformed_request', 'The request cannot be read.'),
  nameTwice: () => new DomainError('invalid', 'malformed_json', 'A name stands twice in one object of the body.'),
  malformedJson: () => new DomainError('invalid', 'malformed_json', 'The body is not valid JSON.'),
  requestTimeout: () => new DomainError('timeout', 'request_timeout', 'The request did not arrive in time.'),
  headersTooLarge: () =>
    new DomainError('headersTooLarge', 'headers_too_large', 'The headers are larger than this service takes.'),
  misdirected: () =>
    new DomainError(
      'misdirected',
      'misdirected_request',
      'This service is not served under that host name. PUBLIC_WEB_URL sets the address that people use.',
    ),
  bodyTooLarge: () => new DomainError('tooLarge', 'body_too_large', 'The body is larger than this route takes.'),
  unsupportedMediaType: () =>
    new DomainError('unsupportedMediaType', 'unsupported_media_type', 'Send the body as application/json.'),
  idempotencyKeyInvalid: () =>
    new DomainError('invalid', 'idempotency_key_invalid', 'An Idempotency-Key is 1 to 255 visible ASCII characters.'),
  metricsTokenNeeded: () =>
    new DomainError('unauthenticated', 'invalid_token', 'Send METRICS_TOKEN as "Authorization: Bearer …".', {
      challenge: 'Bearer realm="parley-metrics"',
    }),
  storeUnavailable: (cause?: unknown) =>
    new DomainError('unavailable', 'store_unavailable', 'The database cannot be reached right now.', {
      retryAfterSeconds: 2,
      cause,
    }),
  internal: (cause: unknown) =>
    new DomainError('internal', 'internal_error', 'Something went wrong on our side.', { cause }),
};
