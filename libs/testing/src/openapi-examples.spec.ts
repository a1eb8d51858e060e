import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Headers, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse } from '@nestjs/swagger';
import { DomainError } from '@parley/platform';
import { z } from 'zod';
import { captureLogs } from './log-capture.js';
import { sendExamples } from './openapi-examples.js';
import { startTestService, type TestService } from './test-service.js';
import { tinyService } from './tiny-service.js';

const note = z
  .strictObject({ text: z.string().transform((text) => text.trim()), folder: z.string().nullable() })
  .meta({ id: 'Note', examples: [{ text: 'one', folder: null }, { text: 'two', folder: 'refused' }] }); // prettier-ignore
type Note = z.infer<typeof note>;

@Controller('notes')
class NotesController {
  @Post()
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: note })
  create(@Body({ schema: note }) body: Note) {
    if (body.folder === 'refused') throw new DomainError('conflict', 'refused', 'No.');
    return body;
  }

  @Get(':id')
  @ApiBearerAuth('access_token')
  @ApiHeader({ name: 'x-wanted', required: false })
  @ApiOkResponse()
  read(@Param('id') id: string, @Headers('authorization') token?: string, @Headers('x-wanted') wanted?: string) {
    if (`${id} ${token} ${wanted}` !== 'n1 Bearer of-a-user w1') throw new DomainError('notFound', 'unknown', 'No.');
    return { id };
  }
}

describe('sendExamples', () => {
  let service: TestService;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  let document: any;
  const tokens = { access_token: 'of-a-user' };

  beforeAll(async () => {
    const { logger } = captureLogs();
    service = await startTestService(tinyService(logger, [NotesController]), logger);
    document = (await service.http.get('/openapi.json')).body;
  });
  afterAll(() => service.close());

  it('sends each example and every operation without a body, and tells which status is not documented', async () => {
    const parameters = { '/notes/{id} id': 'n1', id: 'another', 'x-wanted': 'w1' };
    expect(await sendExamples(document, { baseUrl: service.url, tokens, parameters })).toEqual([
      ['POST /notes', 200, true],
      ['POST /notes', 409, false],
      ['GET /notes/{id}', 200, true],
    ]);
  });

  it('refuses a document whose required parameter has no value', async () => {
    const sending = sendExamples(document, { baseUrl: service.url, tokens });
    await expect(sending).rejects.toThrow('GET /notes/{id} needs a value for the parameter id');
  });

  it('refuses a body without an example', async () => {
    const bare = structuredClone(document);
    delete bare.components.schemas.Note.examples;
    delete bare.components.schemas.Note.example;
    const sending = sendExamples(bare, { baseUrl: service.url, tokens });
    await expect(sending).rejects.toThrow('POST /notes documents a body without an example');
  });

  it('reads documents in the words of OpenAPI 3.1', () => {
    expect(document.components.schemas.Note.properties.folder).toEqual({ type: ['string', 'null'] });
  });
});
