import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newGate, readSse, sseEvents, textOf } from '@parley/testing';
import { LiveStreams } from '../src/readers/live-streams.js';
import { StreamSignals } from '../src/signals/stream-signals.js';
import { type ChatHarness, startChat } from './chat-harness.js';

let chat: ChatHarness;
let session: string;

beforeAll(async () => {
  chat = await startChat();
});
beforeEach(async () => {
  session = await chat.createSession();
});
afterAll(() => chat.stop());

/** An answer whose model has said one word and waits. */
async function begin() {
  const gate = newGate();
  chat.model.answers(['one ', gate, 'two']);
  const response = await chat.start(session);
  const id = response.headers.get('x-streaming-session-id')!;
  await gate.reached;
  await chat.untilShown(id);
  return { gate, id, response };
}

describe('a signal to stop', () => {
  it('ends that answer: what was shown is kept, and paid', async () => {
    const { gate, id, response } = await begin();
    chat.app.get(StreamSignals).send('stop', id);
    const events = await readSse(response);
    gate.release();
    expect(textOf(events)).toBe('one ');
    expect(events.at(-1)!.data).toMatchObject({ state: 'stopped', finish_reason: 'user', final_seq: 1 });
    expect(chat.accounting.holds.get(id)!.state).toBe('settled');
  });

  it('ends no other answer', async () => {
    const { gate, response } = await begin();
    chat.app.get(StreamSignals).send('stop', 'stream-1767225600000-3f2b8c1e-9d4a-4e6b-8a7c-5d1e2f3a4b5c');
    gate.release();
    expect(textOf(await readSse(response))).toBe('one two');
  });
});

/** No answer of auth is remembered for so long. */
const longerThanRemembered = 61_000;

describe('rights that are lost in the middle of an answer', () => {
  /** Reads a running answer as somebody else's second tab would, and calls back at its first chunk. */
  async function readAlong(id: string, onChunk: () => void) {
    const path = `/chat/sessions/${session}/streams/${id}`;
    const joined = await chat.http.open('GET', path, undefined, { token: chat.alice });
    const events = [];
    for await (const event of sseEvents(joined)) {
      events.push(event);
      if (event.event === 'chunk' && events.length === 2) onChunk();
    }
    return events;
  }

  const rights = ['chat:*', 'models:read'];
  const suspend = () => chat.auth.change('usr_alice', rights, { status: 'suspended' });
  const restore = () => chat.auth.change('usr_alice', rights);

  it('[stream 24] [attack 115] cut its readers off and stop the model, and what was shown is paid', async () => {
    const { gate, id, response } = await begin();
    const events = await readAlong(id, () => void suspend());
    await chat.model.untilAborted();
    await response.text();
    await chat.app.get(LiveStreams).whenIdle();
    gate.release();
    expect(events.at(-1)).toMatchObject({ event: 'error', data: { code: 'auth_revoked', retryable: false } });
    expect(await chat.record(id)).toMatchObject({ state: 'stopped', finish_reason: 'auth_revoked' });
    expect(chat.accounting.holds.get(id)!.state).toBe('settled');
    await restore();
  });

  it('leave those alone who have others', async () => {
    const { gate, id, response } = await begin();
    const events = await readAlong(id, () => {
      chat.app.get(StreamSignals).send('rights_lost', 'usr_alice');
      gate.release();
    });
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { state: 'completed' } });
    await response.text();
  });

  it('change nothing while auth cannot be asked', async () => {
    const { gate, id, response } = await begin();
    const events = await readAlong(id, () => {
      chat.auth.down = true;
      chat.clock.advance(longerThanRemembered);
      chat.app.get(StreamSignals).send('rights_lost', 'usr_alice');
      gate.release();
    });
    chat.auth.down = false;
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { state: 'completed' } });
    await response.text();
  });
});
