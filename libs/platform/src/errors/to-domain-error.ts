import { HttpException } from '@nestjs/common';
import { errorStatus, DomainError, type ErrorKind } from './domain-error.js';
import { PlatformErrors } from './platform.errors.js';

/** Driver and mongoose errors that mean "no answer from the database", as opposed to an answer that says no. */
const storeFailures = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoServerSelectionError',
  'MongooseServerSelectionError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoOperationTimeoutError',
  'MongoClientClosedError',
  'MongoWaitQueueTimeoutError',
  'PoolClearedOnNetworkError',
]);

/** System errors that the driver passes on unchanged when the connection breaks during a write. */
const socketFailures = new Set<unknown>(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT']);

/** Server codes of a replica set member that is not (or no longer) the primary: it answered, and did nothing. */
const memberChanges = new Set<unknown>([91, 189, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436]);

export function isStoreFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return storeFailures.has(error.name) || socketFailures.has(code) || memberChanges.has(code);
}

/** Turns whatever was thrown into the one error value that the product renders. */
export function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (isStoreFailure(error)) return PlatformErrors.storeUnavailable(error);
  if (error instanceof HttpException) return fromStatus(error.getStatus(), error);
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status < 500 ? fromStatus(status, error) : PlatformErrors.internal(error);
}

/** The framework's own words stay in the log: they tell a caller little, and an attacker what we run on. */
function fromStatus(status: number, cause: unknown): DomainError {
  if (status < 400 || status >= 500) return PlatformErrors.internal(cause);
  if (status === 404) return PlatformErrors.routeNotFound();
  if (status === 408) return PlatformErrors.requestTimeout();
  if (status === 413) return PlatformErrors.bodyTooLarge();
  if (status === 415) return PlatformErrors.unsupportedMediaType();
  if (status === 431) return PlatformErrors.headersTooLarge();
  if (status === 400 && /json/i.test((cause as Error).message)) return PlatformErrors.malformedJson();
  const kind = (Object.keys(errorStatus) as ErrorKind[]).find((each) => errorStatus[each] === status);
  // A status of the 4xx family without a kind of ours (such as 414) is a request that could not be read.
  if (!kind || kind === 'invalid') return PlatformErrors.malformedRequest();
  return new DomainError(kind, 'request_refused', 'The request was refused.', { cause });
}
