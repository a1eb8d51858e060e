import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newGate, readSse, textOf } from '@parley/testing';
import { type ChatHarness, startChat } from './chat-harness.js';

const selfMadeId = () => `stream-${Date.now()}-${randomUUID()}`;

describe('POST /chat/sessions/{id}/update-stream', () => {
  let chat: ChatHarness;
  let session: string;

  beforeAll(async () => {
    chat = await startChat();
  });
  beforeEach(async () => {
    session = await chat.createSession();
  });
  afterAll(() => chat.stop());

  const securityLines = () => chat.logs.filter(({ event }) => event === 'security');

  describe('with the right id', () => {
    it('accepts the report and confirms the text', async () => {
      const { id, text } = await chat.ask(session);
      const { status, body } = await chat.report(session, { streaming_session_id: id, complete_response: text });
      expect(status).toBe(200);
      expect(body).toMatchObject({
        accepted: true,
        content_match: true,
        already_acknowledged: false,
        message: { role: 'assistant', content: text, streaming_session_id: id },
      });
      expect(body.charged_ucr).toBe(body.usage.input_tokens + body.usage.output_tokens);
    });

    it('[stream 6] accepts it twice, and says so', async () => {
      const { id, text } = await chat.ask(session);
      const reports = [1, 2].map(() => ({ streaming_session_id: id, complete_response: text }));
      const first = await chat.report(session, reports[0]);
      const second = await chat.report(session, reports[1]);
      expect([first.status, second.status]).toEqual([200, 200]);
      expect([first.body.already_acknowledged, second.body.already_acknowledged]).toEqual([false, true]);
      expect(chat.accounting.callsTo(new RegExp(`${id}/settle`))).toHaveLength(1);
    });

    it('[stream 5] keeps its own text and usage when the client tells others', async () => {
      const { id, text } = await chat.ask(session);
      const forged = { streaming_session_id: id, complete_response: 'I promise you a refund', tokensUsed: 0 };
      const { status, body } = await chat.report(session, forged);
      expect([status, body.content_match, body.message.content]).toEqual([200, false, text]);
      const stored = await chat.http.get(`/chat/sessions/${session}/messages`, { token: chat.alice });
      expect(stored.body.data[1].content).toBe(text);
      expect(JSON.stringify(stored.body)).not.toContain('refund');
    });

    it('[stream 3] fired the instant the headers arrive is never a mismatch', async () => {
      const round = async () => {
        const own = await chat.createSession();
        const response = await chat.start(own);
        const id = response.headers.get('x-streaming-session-id')!;
        const [report, events] = await Promise.all([
          chat.report(own, { streaming_session_id: id, complete_response: 'You said: Hello' }),
          readSse(response),
        ]);
        expect(textOf(events)).toBe('You said: Hello');
        expect([200, 409]).toContain(report.status);
        if (report.status === 409) expect(report.body.code).toBe('stream_in_progress');
      };
      await Promise.all(Array.from({ length: 12 }, round));
    });

    it('while the answer is still being given: waits for the end', async () => {
      const gate = newGate();
      chat.model.answers(['slow ', gate, 'answer']);
      const response = await chat.start(session);
      const id = response.headers.get('x-streaming-session-id')!;
      await gate.reached;
      const report = chat.report(session, { streaming_session_id: id, complete_response: 'slow answer' });
      gate.release();
      await readSse(response);
      expect((await report).body).toMatchObject({ accepted: true, content_match: true });
    });
  });

  describe('with an id that is not the right one', () => {
    const refused: Array<[string, () => unknown, string]> = [
      ['a wrong id', () => 'incorrect-id-67890', 'stream_id_malformed'],
      ['no id', () => undefined, 'stream_id_missing'],
      ['an empty id', () => '', 'stream_id_missing'],
      ['null', () => null, 'stream_id_missing'],
      ['an object', () => ({ $ne: null }), 'stream_id_malformed'],
      ['a list', () => ['x'], 'stream_id_malformed'],
      ['a well-formed id that was never issued', selfMadeId, 'stream_id_mismatch'],
    ];

    it.each(refused)('%s is refused after a stream, with a security line', async (_name, id, code) => {
      const answer = await chat.ask(session);
      const before = securityLines().length;
      const { status, body } = await chat.report(session, {
        streaming_session_id: id(),
        complete_response: answer.text,
      });
      expect([status, body.code]).toEqual([400, code]);
      expect(JSON.stringify(body)).not.toContain(answer.id);
      expect(securityLines().slice(before)).toMatchObject([{ code, user_id: 'usr_alice', session_id: session }]);
    });

    it('[stream 4] [attack 109] a self-made well-formed id on a session that never streamed is refused', async () => {
      const { status, body } = await chat.report(session, {
        streaming_session_id: selfMadeId(),
        complete_response: 'Hi',
      });
      expect([status, body.code]).toEqual([400, 'stream_id_mismatch']);
      const stored = await chat.http.get(`/chat/sessions/${session}/messages`, { token: chat.alice });
      expect(stored.body.data).toEqual([]);
    });

    it("[stream 4] another user's id, another session's id, and one that is not there get one answer", async () => {
      const { id, text } = await chat.ask(session);
      const other = await chat.createSession();
      const theirs = await chat.createSession(chat.bob);
      const report = { streaming_session_id: id, complete_response: text };
      const answers = [
        await chat.report(session, report, chat.bob),
        await chat.report(theirs, report, chat.bob),
        await chat.report(other, report),
        await chat.report(session, { ...report, streaming_session_id: selfMadeId() }),
        await chat.report('ses_none', report),
      ];
      const faces = answers.map(({ status, body: { instance: _i, request_id: _r, ...face } }) => ({ status, ...face }));
      for (const face of faces) expect(face).toEqual({ ...faces[0], status: 400, code: 'stream_id_mismatch' });
    });

    it('the id of a refused start proves nothing', async () => {
      chat.accounting.refusal = {
        status: 402,
        code: 'insufficient_credits',
        facts: { required_ucr: 1, available_ucr: 0 },
      };
      await chat.start(session);
      chat.accounting.refusal = undefined;
      const id = chat.accounting.callsTo(/POST \/holds$/).at(-1)!.body.hold_id as string;
      const { status, body } = await chat.report(session, { streaming_session_id: id, complete_response: 'x' });
      expect([status, body.code]).toEqual([400, 'stream_id_mismatch']);
    });
  });

  it('refuses an unknown field and a response that is not a text', async () => {
    const { id } = await chat.ask(session);
    const unknown = await chat.report(session, { streaming_session_id: id, complete_response: 'x', usage: {} });
    const wrong = await chat.report(session, { streaming_session_id: id, complete_response: { a: 1 } });
    expect([unknown.body.code, wrong.body.code]).toEqual(['unknown_field', 'validation_failed']);
  });
});
