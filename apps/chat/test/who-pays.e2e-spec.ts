import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Gate, newGate, readSse } from '@parley/testing';
import { AccountingClient } from '../src/accounting/accounting-client.js';
import { RecoveryService } from '../src/recovery/recovery.service.js';
import { ClosingsService } from '../src/closings/closings.service.js';
import { LiveStreams } from '../src/readers/live-streams.js';
import { StreamSignals } from '../src/signals/stream-signals.js';
import { ChunkLog } from '../src/streams/chunk-log.js';
import { type ChatHarness, startChat } from './chat-harness.js';

/** What the model says: two tokens by our count, and a provider that counts differently. */
const text = '12345678';
const usage = { input_tokens: 30, output_tokens: 20 };
/** Our count of the question, and of the text. */
const [input, output] = [9, 2];
/** What the model thinks before it speaks, and our count of that. */
const thought = { thought: 'x'.repeat(40) };
const thinking = 10;
const endlessThoughts = Array.from({ length: 40 }, () => ({ thought: 'x'.repeat(30_000) }));

interface Case {
  /** Has the model say something, or not, up to the gate, and then go on as the case wants. */
  model: (chat: ChatHarness, gate: Gate) => void;
  /** What happens while the model stands at the gate. */
  meanwhile?: (running: Running) => Promise<unknown>;
  /** Whether that is there before the gate. */
  hasText: boolean;
  charge: number;
  closing: 'settle' | 'release';
  state: string;
}

interface Running {
  chat: ChatHarness;
  id: string;
  session: string;
  response: Response;
}

const die = async ({ chat, id }: Running) => {
  await chat.abandon(id);
  await chat.app.get(RecoveryService).recoverAbandoned();
};
const remove = ({ chat, session }: Running) => chat.http.delete(`/chat/sessions/${session}`, { token: chat.alice });
/** As a user's stop reaches the process that generates, which by then has read what the model sent. */
const stop = async ({ chat, id }: Running) => {
  await chat.http.get('/health/live');
  chat.app.get(StreamSignals).send('stop', id);
};
const leave = ({ response }: Running) => response.body!.cancel();

const cases: Record<string, Case> = {
  'the answer was finished': {
    model: ({ model }, gate) => model.answers([text, gate], { usage }),
    ...{ hasText: true, charge: 50, closing: 'settle', state: 'completed' },
  },
  'the answer was finished and nobody else counted': {
    model: ({ model }, gate) => model.answers([text, gate], { usage: null }),
    ...{ hasText: true, charge: input + output, closing: 'settle', state: 'completed' },
  },
  'the answer was finished without a word': {
    model: ({ model }, gate) => model.answers([gate], { usage: { input_tokens: 30, output_tokens: 0 } }),
    ...{ hasText: false, charge: 30, closing: 'settle', state: 'completed' },
  },
  'its reader left': {
    model: ({ model }, gate) => model.answers([text, gate], { usage }),
    meanwhile: leave,
    ...{ hasText: true, charge: 50, closing: 'settle', state: 'completed' },
  },
  '[stream 14] [attack 113] its session was deleted before the first output': {
    model: ({ model }, gate) => model.answers([gate, text]),
    meanwhile: remove,
    ...{ hasText: false, charge: input, closing: 'settle', state: 'stopped' },
  },
  '[attack 113] its session was deleted while the model thought': {
    model: ({ model }, gate) => model.answers([thought, gate, text]),
    meanwhile: remove,
    ...{ hasText: false, charge: input + thinking, closing: 'settle', state: 'stopped' },
  },
  '[attack 113] it was stopped while the model thought': {
    model: ({ model }, gate) => model.answers([thought, gate, text]),
    meanwhile: stop,
    ...{ hasText: false, charge: input + thinking, closing: 'settle', state: 'stopped' },
  },
  '[attack 113] its reader left while the model thought, and it was stopped then': {
    model: ({ model }, gate) => model.answers([thought, gate, text]),
    meanwhile: async (running) => {
      await leave(running);
      await stop(running);
    },
    ...{ hasText: false, charge: input + thinking, closing: 'settle', state: 'stopped' },
  },
  'its session was deleted after output': {
    model: ({ model }, gate) => model.answers([text, gate]),
    meanwhile: remove,
    ...{ hasText: true, charge: input + output, closing: 'settle', state: 'stopped' },
  },
  '[stream 15] it was stopped after thoughts and output': {
    model: ({ model }, gate) => model.answers([thought, text, gate]),
    meanwhile: stop,
    ...{ hasText: true, charge: input + thinking + output, closing: 'settle', state: 'stopped' },
  },
  'the model failed without output': {
    model: ({ model }, gate) => model.breaks([gate]),
    ...{ hasText: false, charge: 0, closing: 'release', state: 'failed' },
  },
  '[stream 28] the model failed while it thought': {
    model: ({ model }, gate) => model.breaks([thought, gate]),
    ...{ hasText: false, charge: 0, closing: 'release', state: 'failed' },
  },
  'the model failed after output': {
    model: ({ model }, gate) => model.breaks([text, gate]),
    ...{ hasText: true, charge: 0, closing: 'settle', state: 'failed' },
  },
  'the credits were used up': {
    model: ({ model, accounting }, gate) => {
      accounting.topUpRefusal = { status: 402, code: 'top_up_denied' };
      model.answers([text, gate, 'x'.repeat(1_000)], { usage });
    },
    ...{ hasText: true, charge: input + 64, closing: 'settle', state: 'stopped' },
  },
  '[attack 113] the credits were used up while the model thought': {
    model: ({ model, accounting }, gate) => {
      accounting.topUpRefusal = { status: 402, code: 'top_up_denied' };
      model.answers([gate, { thought: 'x'.repeat(1_000) }, text], { usage: null });
    },
    ...{ hasText: false, charge: input + 64, closing: 'settle', state: 'stopped' },
  },
  '[attack 113] the model thought without an end': {
    model: ({ model }, gate) => model.answers([gate, ...endlessThoughts], { usage: null }),
    ...{ hasText: false, charge: input + 1_024, closing: 'settle', state: 'stopped' },
  },
  'the process died while the model thought': {
    model: ({ model }, gate) => model.answers([thought, gate, text]),
    meanwhile: die,
    ...{ hasText: false, charge: 0, closing: 'release', state: 'interrupted' },
  },
  'the process died before the first output': {
    model: ({ model }, gate) => model.answers([gate, text]),
    meanwhile: die,
    ...{ hasText: false, charge: 0, closing: 'release', state: 'interrupted' },
  },
  'the process died after output': {
    model: ({ model }, gate) => model.answers([text, gate]),
    meanwhile: die,
    ...{ hasText: true, charge: input + output, closing: 'settle', state: 'interrupted' },
  },
};

describe('who pays when', () => {
  let chat: ChatHarness;
  let session: string;

  beforeAll(async () => {
    chat = await startChat();
  });
  beforeEach(async () => {
    session = await chat.createSession();
    Object.assign(chat.accounting, { down: false, topUpRefusal: undefined });
  });
  afterAll(() => chat.stop());

  /** Plays a case to its end; `beforeEnd` happens when the model has said what it says before its gate. */
  const play = async ({ model, meanwhile, hasText }: Case, beforeEnd?: (id: string) => Promise<unknown>) => {
    const gate = newGate();
    model(chat, gate);
    const response = await chat.start(session);
    const id = response.headers.get('x-streaming-session-id')!;
    await gate.reached;
    if (hasText) await chat.untilShown(id);
    await beforeEnd?.(id);
    const running = { chat, id, session, response };
    await meanwhile?.(running);
    gate.release();
    return running;
  };
  const untilSettled = async (id: string) => {
    await chat.app.get(LiveStreams).whenIdle();
    for (;;) {
      const record = await chat.record(id);
      if (record.settlement.state === 'done' || record.settlement.state === 'refused') return record;
      chat.clock.advance(1_000);
      await chat.app.get(ClosingsService).closeDue(100);
    }
  };
  /** What an abandoned hold is charged: the last sign of life. */
  const signOfLife = async (id: string) => {
    const lastSeq = await chat.app.get(ChunkLog).lastSeq(id);
    const counted = { input_tokens: input, output_tokens: lastSeq > 0 ? output : 0, source: 'estimated' as const };
    await chat.app.get(AccountingClient).progressHold(id, { streaming_session_id: id, seq: 1_000, usage: counted });
  };

  it.each(Object.entries(cases))('%s', async (_, each) => {
    const { id, response } = await play(each);
    if (!response.bodyUsed) await readSse(response);
    const record = await untilSettled(id);
    expect(record).toMatchObject({ state: each.state, settlement: { action: each.closing, charged_ucr: each.charge } });
    expect(chat.accounting.holds.get(id)!.charged_ucr).toBe(each.charge);
  });

  /** These are about a hold that grows, so accounting cannot be away. */
  const needAccounting = /credits were used up|without an end/;
  const others = Object.fromEntries(Object.entries(cases).filter(([name]) => !needAccounting.test(name)));
  it.each(Object.entries(others))('%s, while accounting is away', async (_, each) => {
    const { id, response } = await play(each, () => Promise.resolve((chat.accounting.down = true)));
    if (!response.bodyUsed) await readSse(response);
    chat.accounting.down = false;
    expect((await untilSettled(id)).settlement).toMatchObject({ state: 'done', charged_ucr: each.charge });
  });

  const { '[attack 113] the model thought without an end': _growsPast, ...expirable } = cases;
  it.each(Object.entries(expirable))('%s, after the hold had expired', async (_, each) => {
    let expired = 0;
    const { id, response } = await play(each, async (holdId) => {
      await signOfLife(holdId);
      chat.accounting.expire(holdId);
      expired = chat.accounting.holds.get(holdId)!.charged_ucr;
    });
    if (!response.bodyUsed) await readSse(response);
    const { settlement } = await untilSettled(id);
    expect(expired).toBe(each.hasText ? input + output : 0);
    // What the rule would have spared is not given back after an expiry; nothing else differs.
    expect(settlement).toMatchObject({ state: 'done', charged_ucr: Math.max(each.charge, expired) });
  });
});
