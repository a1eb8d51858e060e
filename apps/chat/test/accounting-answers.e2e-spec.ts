import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newGate, readSse } from '@parley/testing';
import { ClosingsService } from '../src/closings/closings.service.js';
import { type ChatHarness, startChat } from './chat-harness.js';

const tokenRefused = { status: 401, code: 'invalid_token' };
const tokenExpired = { status: 401, code: 'token_expired' };

describe('what accounting may answer', () => {
  let chat: ChatHarness;
  let session: string;

  beforeAll(async () => {
    chat = await startChat();
  });
  beforeEach(async () => {
    session = await chat.createSession();
  });
  afterAll(() => chat.stop());

  const settlementOf = async (id: string) => (await chat.record(id)).settlement;
  const lastHoldId = () => chat.accounting.callsTo(/POST \/holds$/).at(-1)!.body.hold_id as string;
  const refusedStart = async () => {
    const response = await chat.start(session);
    return { response, body: (await response.json()) as { code: string } };
  };

  describe('to a new hold', () => {
    it("that chat's own token is refused: chat gets another, and the user notices nothing", async () => {
      chat.accounting.refuseNext(/POST \/holds$/, tokenRefused);
      const { events } = await chat.ask(session);
      expect(events.at(-1)!.data).toMatchObject({ state: 'completed' });
      const tokens = chat.accounting.callsTo(/POST \/holds$/).map(({ headers }) => headers.authorization);
      expect(new Set(tokens.slice(-2)).size).toBe(2);
    });

    it("that the user's token is refused: 401 with a challenge, as from chat itself", async () => {
      for (let n = 0; n < 2; n++) chat.accounting.refuseNext(/POST \/holds$/, tokenExpired);
      const { response, body } = await refusedStart();
      expect([response.status, body.code]).toEqual([401, 'token_expired']);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="parley", error="invalid_token"/);
    });

    it.each(['insufficient_scope', 'service_token_required'])(
      'that chat may not ask (%s): 503, because it is nothing that the user may not',
      async (code) => {
        chat.accounting.refuseNext(/POST \/holds$/, { status: 403, code });
        const { response, body } = await refusedStart();
        expect([response.status, body.code]).toEqual([503, 'accounting_unavailable']);
      },
    );

    it('that the user may not: 403', async () => {
      chat.accounting.refuseNext(/POST \/holds$/, { status: 403, code: 'permission_denied' });
      const { response, body } = await refusedStart();
      expect([response.status, body.code]).toEqual([403, 'permission_denied']);
    });

    it('that there are too many holds: 429 that says when to come back', async () => {
      chat.accounting.refuseNext(/POST \/holds$/, { status: 429, code: 'too_many_open_holds' });
      const { response, body } = await refusedStart();
      expect([response.status, body.code, response.headers.get('retry-after')]).toEqual([
        429,
        'too_many_open_holds',
        '1',
      ]);
    });

    it.each([
      [423, 'account_frozen'],
      [422, 'model_not_priced'],
    ])('%i %s: the same, with nothing left open and the session free', async (status, code) => {
      const asked = chat.model.requests.length;
      chat.accounting.refuseNext(/POST \/holds$/, { status, code });
      const { response, body } = await refusedStart();
      expect([response.status, body.code]).toEqual([status, code]);
      expect(await chat.record(lastHoldId())).toBeNull();
      expect(chat.model.requests.length).toBe(asked);
      expect((await chat.ask(session)).events.at(-1)!.data).toMatchObject({ state: 'completed' });
    });

    it('500: 503, and the hold that may have been made is given back', async () => {
      chat.accounting.refuseNext(/POST \/holds$/, { status: 500, code: 'internal_error' });
      const { response, body } = await refusedStart();
      expect([response.status, body.code]).toEqual([503, 'accounting_unavailable']);
      expect(await settlementOf(lastHoldId())).toMatchObject({ state: 'due', action: 'release' });
    });
  });

  describe('to a settlement', () => {
    /** An answer whose settlement is refused in this way at first, and then tried again. */
    const settledAtSecondTry = async (status: number, code: string) => {
      const gate = newGate();
      chat.model.answers(['text', gate]);
      const response = await chat.start(session);
      const id = response.headers.get('x-streaming-session-id')!;
      const refuse = () => chat.accounting.refuseNext(new RegExp(`${id}/settle`), { status, code });
      // A refused token is asked with twice.
      for (let n = 0; n < (status === 401 ? 2 : 1); n++) refuse();
      gate.release();
      const first = (await readSse(response)).at(-1)!.data.charged_ucr;
      chat.clock.advance(60_000);
      await chat.app.get(ClosingsService).close(id);
      return { first, settlement: await settlementOf(id), hold: chat.accounting.holds.get(id)! };
    };

    it.each([
      [400, 'validation_failed'],
      [401, 'invalid_token'],
      [403, 'insufficient_scope'],
      [403, 'permission_denied'],
      [404, 'route_not_found'],
      [429, 'slow_down'],
      [500, 'ledger_invariant'],
      [503, 'ledger_busy'],
    ])('%i %s: it is still due, and made when accounting takes it', async (status, code) => {
      const { first, settlement, hold } = await settledAtSecondTry(status, code);
      expect([first, settlement.state, hold.state]).toEqual([null, 'done', 'settled']);
      expect(settlement.charged_ucr).toBe(hold.charged_ucr);
    });

    it.each([
      [404, 'hold_not_found'],
      [409, 'settle_mismatch'],
      [409, 'hold_released'],
    ])('%i %s: it is over, and an error in the log', async (status, code) => {
      const { settlement } = await settledAtSecondTry(status, code);
      expect(settlement).toMatchObject({ state: 'refused', action: 'settle' });
      expect(chat.logs.filter(({ msg }) => msg === 'accounting refuses a closing').at(-1)).toMatchObject({
        level: 'error',
        code,
      });
    });
  });

  describe('to a hold that has to grow', () => {
    const words = (count: number) => Array.from({ length: count }, (_, index) => `w${index} `);
    const answerOf = async (given: { status: number; code: string }) => {
      chat.accounting.refuseNext(/\/progress$/, given);
      chat.model.answers(words(200), { usage: null });
      const { id, text, events } = await chat.ask(session);
      return { text, done: events.at(-1)!.data, hold: chat.accounting.holds.get(id)! };
    };

    it.each([
      [400, 'stream_session_mismatch'],
      [404, 'hold_not_found'],
      [409, 'hold_closed'],
      [423, 'account_frozen'],
    ])('%i %s: the answer ends, and what was shown is within its hold', async (status, code) => {
      const { text, done, hold } = await answerOf({ status, code });
      expect(words(64).join('')).toContain(text);
      expect(done).toMatchObject({ state: 'stopped', finish_reason: 'hold_closed' });
      expect([hold.state, hold.charged_ucr <= hold.amount_ucr]).toEqual([text === '' ? 'released' : 'settled', true]);
    });

    it.each([
      [401, 'invalid_token'],
      [403, 'insufficient_scope'],
      [429, 'slow_down'],
      [500, 'internal_error'],
      [503, 'ledger_busy'],
    ])('%i %s: it is asked again, and the answer goes on', async (status, code) => {
      const { text, done, hold } = await answerOf({ status, code });
      expect([text, done.state]).toEqual([words(200).join(''), 'completed']);
      expect(hold.max_output_tokens).toBeGreaterThanOrEqual(200);
    });
  });

  describe('and what it does when its answer is lost', () => {
    it('a hold: 503, no model call, and it is given back', async () => {
      const asked = chat.model.requests.length;
      chat.accounting.loseNext(/POST \/holds$/);
      const { response, body } = await refusedStart();
      expect([response.status, body.code]).toEqual([503, 'accounting_unavailable']);
      const id = lastHoldId();
      chat.clock.advance(60_000);
      await chat.app.get(ClosingsService).closeDue(100);
      expect(chat.accounting.holds.get(id)!.state).toBe('released');
      expect([(await settlementOf(id)).state, chat.model.requests.length]).toEqual(['done', asked]);
    });

    it('a progress: the next one finds what it did', async () => {
      chat.accounting.loseNext(/\/progress$/);
      const { text, events } = await chat.ask(session, 'word '.repeat(200));
      expect(text.length).toBeGreaterThan(1_000);
      expect(events.at(-1)!.data.state).toBe('completed');
    });

    it.each(['settle', 'release'])('a %s: it is repeated with the same words, and charged once', async (action) => {
      if (action === 'release') chat.model.breaks();
      else chat.model.answers(['text'], { usage: { input_tokens: 30, output_tokens: 12 } });
      chat.accounting.loseNext(new RegExp(`/${action}$`));
      const { id, events } = await chat.ask(session);
      expect(events.at(-1)!.data.charged_ucr).toBeNull();
      chat.clock.advance(60_000);
      await chat.app.get(ClosingsService).close(id);
      const bodies = chat.accounting.callsTo(new RegExp(`${id}/${action}`)).map(({ body }) => body);
      expect(bodies.slice(1)).toEqual(bodies.slice(1).map(() => bodies[0]));
      expect(bodies.length).toBeGreaterThanOrEqual(2);
      const charged = action === 'release' ? 0 : 42;
      expect(await settlementOf(id)).toMatchObject({ state: 'done', charged_ucr: charged });
      expect(chat.accounting.holds.get(id)!.charged_ucr).toBe(charged);
    });
  });
});
