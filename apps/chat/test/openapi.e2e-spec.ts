import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sendExamples } from '@parley/testing';
import { Validator } from '@seriousme/openapi-schema-validator';
import { type ChatHarness, startChat } from './chat-harness.js';

describe('the OpenAPI document of chat', () => {
  let chat: ChatHarness;

  beforeAll(async () => {
    chat = await startChat();
  });
  afterAll(() => chat.stop());

  it('is a valid OpenAPI 3.1 document', async () => {
    const { body } = await chat.http.get('/openapi.json');
    const { valid, errors } = await new Validator().validate(body);
    expect([valid, errors]).toEqual([true, undefined]);
    expect(body.openapi).toMatch(/^3\.1/);
  });

  it('documents the answer to each of its examples', async () => {
    const { body: document } = await chat.http.get('/openapi.json');
    const id = await chat.createSession();
    const { id: stream } = await chat.ask(id);
    const target = {
      baseUrl: chat.url,
      tokens: { access_token: chat.alice },
      parameters: { id, stream_id: stream },
    };
    const undocumented = (await sendExamples(document, target)).filter(([, , isDocumented]) => !isDocumented);
    expect(undocumented).toEqual([]);
  });
});
