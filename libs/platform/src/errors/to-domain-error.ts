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

export const isStoreFailure = (error: unknown): boolean => error instanceof Error && storeFailures.has(error.name);

/** Turns whatever was thrown into the one error value that the product renders. */
export function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (isStoreFailure(error)) return PlatformErrors.storeUnavailable(error);
  if (error instanceof HttpException) return fromStatus(error.getStatus(), error.message, error);
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return fromStatus(status, (error as Error).message, error);
  }
  return PlatformErrors.internal(error);
}

function fromStatus(status: number, sentence: string, cause: unknown): DomainError {
  if (status === 404) return PlatformErrors.routeNotFound();
  if (status === 413) return PlatformErrors.bodyTooLarge();
  if (status === 415) return PlatformErrors.unsupportedMediaType();
  if (status === 400)
    return /json/i.test(sentence) ? PlatformErrors.malformedJson() : PlatformErrors.malformedRequest(sentence);
  const kind = (Object.keys(errorStatus) as ErrorKind[]).find((each) => errorStatus[each] === status);
  if (!kind || kind === 'internal') return PlatformErrors.internal(cause);
  return new DomainError(kind, 'request_refused', sentence, { cause });
}
