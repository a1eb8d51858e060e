import { describe, expect, it } from '@jest/globals';
import { ForbiddenException, HttpException, NotFoundException } from '@nestjs/common';
import { MongoNetworkError, MongoServerError } from 'mongodb';
import { DomainError, errorStatus } from './domain-error.js';
import { isStoreFailure, toDomainError } from './to-domain-error.js';

const secret = 'mongodb://root:hunter2@db';
const fastifyError = (statusCode: number, message = secret) => Object.assign(new Error(message), { statusCode });

describe('toDomainError', () => {
  it('leaves our own errors as they are', () => {
    const error = new DomainError('conflict', 'taken', 'It is taken.');
    expect(toDomainError(error)).toBe(error);
  });

  it.each<[unknown, number, string]>([
    [new NotFoundException(secret), 404, 'route_not_found'],
    [new ForbiddenException(), 403, 'request_refused'],
    [new HttpException(secret, 500), 500, 'internal_error'],
    [fastifyError(400, 'Body is not valid JSON but content-type is set'), 400, 'malformed_json'],
    [fastifyError(400), 400, 'malformed_request'],
    [fastifyError(404), 404, 'route_not_found'],
    [fastifyError(408), 400, 'malformed_request'],
    [fastifyError(413), 413, 'body_too_large'],
    [fastifyError(414), 400, 'malformed_request'],
    [fastifyError(415), 415, 'unsupported_media_type'],
    [fastifyError(500), 500, 'internal_error'],
    [new MongoNetworkError(secret), 503, 'store_unavailable'],
    [new MongoServerError({ message: secret, code: 10_107 }), 503, 'store_unavailable'],
    [new MongoServerError({ message: secret, code: 11_000 }), 500, 'internal_error'],
    [new Error(secret), 500, 'internal_error'],
    [secret, 500, 'internal_error'],
    [null, 500, 'internal_error'],
    [undefined, 500, 'internal_error'],
    [{ statusCode: 'four hundred' }, 500, 'internal_error'],
  ])('turns %p into %i %s, without its words', (thrown, status, code) => {
    const error = toDomainError(thrown);
    expect([error.status, error.code]).toEqual([status, code]);
    expect(error.message).not.toContain('hunter2');
  });

  it('keeps the cause of what is our own fault for the log', () => {
    const cause = new Error(secret);
    expect(toDomainError(cause).extras.cause).toBe(cause);
  });

  it('says when to come back where that may help', () => {
    expect(toDomainError(new MongoNetworkError('gone'))).toMatchObject({
      retryable: true,
      extras: { retryAfterSeconds: 2 },
    });
    expect(toDomainError(new Error('bug'))).toMatchObject({ retryable: false });
  });
});

describe('isStoreFailure', () => {
  it('is no answer from the database, as opposed to one that says no', () => {
    expect(isStoreFailure(new MongoNetworkError('gone'))).toBe(true);
    expect(isStoreFailure(new MongoServerError({ message: 'no', code: 11_000 }))).toBe(false);
    expect(isStoreFailure('MongoNetworkError')).toBe(false);
  });
});

describe('errorStatus', () => {
  it('has one status for each kind', () => {
    expect(new Set(Object.values(errorStatus)).size).toBe(Object.keys(errorStatus).length);
  });
});
