import { describe, expect, it } from '@jest/globals';
import { ForbiddenException, HttpException, NotFoundException } from '@nestjs/common';
import { MongoNetworkError, MongoServerError } from 'mongodb';
import { z } from 'zod';
import { DomainError, errorStatus } from './domain-error.js';
import { isStoreFailure, toDomainError } from './to-domain-error.js';
import { toValidationError, ValidationPipe, withCode } from './validation.pipe.js';

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
    [fastifyError(408), 408, 'request_timeout'],
    [fastifyError(413), 413, 'body_too_large'],
    [fastifyError(414), 400, 'malformed_request'],
    [fastifyError(415), 415, 'unsupported_media_type'],
    [fastifyError(431), 431, 'headers_too_large'],
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

const schema = z.strictObject({
  name: z.string().min(1),
  id: z
    .string({ error: withCode('id_missing', 'Send the id.') })
    .regex(/^i\d$/, withCode('id_malformed', 'Not an id.')),
  items: z.array(z.int()).optional(),
});
const pipe = new ValidationPipe();
const check = (value: unknown) => pipe.transform(value, { type: 'body', schema });

describe('ValidationPipe', () => {
  it('hands on what fits', async () => {
    expect(await check({ name: 'n', id: 'i1' })).toEqual({ name: 'n', id: 'i1' });
  });

  it.each<[string, unknown]>([
    ['validation_failed', { name: '', id: 'i1' }],
    ['validation_failed', { name: { $gt: '' }, id: 'i1' }],
    ['unknown_field', { name: 'n', id: 'i1', admin: true }],
    ['unknown_field', { name: '', id: 'i1', admin: true }],
    ['id_missing', { name: 'n' }],
    ['id_malformed', { name: 'n', id: 'x' }],
    ['id_missing', { name: '', admin: true }],
    ['validation_failed', undefined],
    ['validation_failed', 'text'],
    ['validation_failed', []],
  ])('says %s for %j', async (code, value) => {
    await expect(check(value)).rejects.toMatchObject({ status: 400, code });
  });

  it('lists every fault with its path, without the code in the sentence', async () => {
    await expect(check({ id: 'x', items: [1, 'two'] })).rejects.toMatchObject({
      message: 'Not an id.',
      extras: {
        facts: {
          errors: [
            { path: 'name', message: expect.stringContaining('string') },
            { path: 'id', message: 'Not an id.' },
            { path: 'items.1', message: expect.any(String) },
          ],
        },
      },
    });
  });

  it('bounds what it says about a body made of faults', () => {
    const issues = Array.from({ length: 1_000 }, () => ({ message: 'x'.repeat(10_000), path: ['a'] }));
    expect(JSON.stringify(toValidationError(issues)).length).toBeLessThan(10_000);
  });
});
