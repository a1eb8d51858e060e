import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { captureLogs, startTestService, type TestService, tinyService } from '@parley/testing';
import { Validator } from '@seriousme/openapi-schema-validator';
import { z } from 'zod';
import { Public } from '../access/access-rule.js';
import { ApiProblems, pageQuery } from './openapi.js';

const thing = z
  .object({ name: z.string().nullable(), size: z.int().default(1) })
  .meta({ id: 'Thing', examples: [{ name: 'one' }, { name: null, size: 2 }] });

@Public()
@Controller('things')
class ThingsController {
  @Post()
  @ApiProblems({ 403: ['outer', 'both'] })
  @ApiOperation({ summary: 'Make a thing' })
  @ApiOkResponse({ standardSchema: z.object({ thing, others: z.array(thing) }).meta({ id: 'Things' }) })
  @ApiProblems({ 403: ['inner', 'both'], 404: ['gone'] })
  create(@Body({ schema: thing }) _body: unknown, @Query({ schema: z.strictObject(pageQuery) }) _query: unknown) {
    return {};
  }
}

describe('the OpenAPI document', () => {
  let service: TestService;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  let document: any;

  beforeAll(async () => {
    const { logger } = captureLogs();
    service = await startTestService(tinyService(logger, [ThingsController]), logger);
    document = (await service.http.get('/openapi.json')).body;
  });
  afterAll(() => service.close());

  it('is valid', async () => {
    expect(document.openapi).toBe('3.1.0');
    expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
  });

  it('keeps the refusals that several decorators name', () => {
    const { responses } = document.paths['/things'].post;
    for (const code of ['inner', 'outer', 'both']) expect(responses['403'].description).toContain(`\`${code}\``);
    expect(responses['404']).toEqual({
      description: '`gone`',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    });
  });

  it('names schemas once and keeps all of their examples', () => {
    const { Thing, Things, Problem } = document.components.schemas;
    expect(Thing.examples).toEqual([{ name: 'one' }, { name: null, size: 2 }]);
    expect(Thing.properties.name.type).toEqual(['string', 'null']);
    expect(Things.properties.thing).toEqual({ $ref: '#/components/schemas/Thing' });
    expect(Problem.required).toContain('code');
  });

  it('lists the page parameters one by one', () => {
    const parameters = document.paths['/things'].post.parameters as Array<{ name: string; required: boolean }>;
    expect(parameters.map(({ name, required }) => [name, required])).toEqual([
      ['limit', false],
      ['cursor', false],
    ]);
  });
});
