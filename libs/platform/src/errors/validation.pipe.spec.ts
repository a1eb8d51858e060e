import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { toValidationError, ValidationPipe, withCode } from './validation.pipe.js';

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
