import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { PeriodicJobs } from '@parley/platform';
import { newGate, readSse, textOf } from '@parley/testing';
import type { Connection } from 'mongoose';
import { BooksComparisonService } from '../src/closings/books-comparison.service.js';
import { ClosingsService } from '../src/closings/closings.service.js';
import { DeparturesService } from '../src/departures/departures.service.js';
import { LiveStreams } from '../src/readers/live-streams.js';
import { StreamSignals } from '../src/signals/stream-signals.js';
import { rowsBetween } from '../src/streams/row-key.js';
import { type ChatHarness, startChat } from './chat-harness.js';

const rights = ['chat:*', 'models:read'];
const hourMs = 3_600_000;
let chat: ChatHarness;
let auth: string;
/** A fresh user or visitor of each test. */
let who: { id: string; token: string };
let count = 0;

beforeAll(async () => {
  chat = await startChat();
  // The tests make the rounds themselves.
  for (const job of ['departures', 'closing', 'comparison'])
    await chat.app.get(PeriodicJobs, { strict: false }).stop(job);
});
beforeEach(() => {
  auth = chat.auth.serviceToken('auth', 'chat', 'users:erase users:merge');
  who = newUser();
});
afterAll(() => chat.stop());

function newUser(prefix = 'usr') {
  const id = `${prefix}_${++count}`;
  return { id, token: chat.auth.user(id, rights) };
}
const tell = (what: 'erasures' | 'merges', body: object, token = auth) =>
  chat.http.post(`/internal/${what}`, body, { token });
const erase = (id: string) => tell('erasures', { user_id: id });
const merge = (visitor: string, user: string) => tell('merges', { visitor_id: visitor, user_id: user });
const sweep = () => chat.app.get(DeparturesService, { strict: false }).sweepDue(100);
const database = () => chat.app.get<Connection>(getConnectionToken());

async function rowsOf(ids: readonly string[]): Promise<number> {
  const rows = database().collection('stream_rows');
  const counts = await Promise.all(ids.map((id) => rows.countDocuments({ _id: rowsBetween(id) as never })));
  return counts.reduce((total, each) => total + each, 0);
}

/** Everything that chat has of somebody. */
async function left(userId: string): Promise<Record<string, number>> {
  const db = database();
  const mine = { user_id: userId };
  const streams = await db
    .collection<{ _id: string }>('chat_streams')
    .find(mine, { projection: { _id: 1 } })
    .toArray();
  return {
    sessions: await db.collection('chat_sessions').countDocuments(mine),
    messages: await db.collection('messages').countDocuments(mine),
    streams: streams.length,
    chunks: await rowsOf(streams.map(({ _id }) => _id)),
  };
}
const nothing = { sessions: 0, messages: 0, streams: 0, chunks: 0 };

async function askOnce(token: string, content = 'Hello') {
  const session = await chat.createSession(token);
  chat.model.answers(['Good ', 'day']);
  const response = await chat.start(session, { content }, {}, token);
  await readSse(response);
  return { session, id: response.headers.get('x-streaming-session-id')! };
}

/** An answer whose model has said one word and waits. */
async function begin(token: string) {
  const session = await chat.createSession(token);
  const gate = newGate();
  chat.model.answers(['one ', gate, 'two']);
  const response = await chat.start(session, { content: 'Count' }, {}, token);
  const id = response.headers.get('x-streaming-session-id')!;
  await gate.reached;
  await chat.untilShown(id);
  return { session, gate, id, response };
}

/** The books are compared a minute after a closing. */
async function settleBooks() {
  chat.clock.advance(61_000);
  await chat.app.get(ClosingsService, { strict: false }).closeDue(100);
  await chat.app.get(BooksComparisonService, { strict: false }).compareDue(100);
}

describe('POST /internal/erasures', () => {
  it("removes conversations, messages and texts at once, and the streams' records when their books are compared", async () => {
    await askOnce(who.token);
    const deleted = await askOnce(who.token);
    await chat.http.delete(`/chat/sessions/${deleted.session}`, { token: who.token });
    const { status, body } = await erase(who.id);
    expect([status, body]).toEqual([200, { user_id: who.id, is_complete: false }]);
    expect(await left(who.id)).toEqual({ ...nothing, streams: 2 });
    await settleBooks();
    await sweep();
    expect(await left(who.id)).toEqual(nothing);
  });

  it('leaves everybody else alone, and may be repeated', async () => {
    const other = newUser();
    await askOnce(other.token);
    const before = await left(other.id);
    for (let sent = 0; sent < 2; sent++)
      expect((await erase(who.id)).body).toEqual({ user_id: who.id, is_complete: true });
    expect(await left(other.id)).toEqual(before);
  });

  it('stops a running answer, which is settled before its record goes', async () => {
    const { gate, id, response } = await begin(who.token);
    expect((await erase(who.id)).body.is_complete).toBe(false);
    const events = await readSse(response);
    gate.release();
    await chat.app.get(LiveStreams).whenIdle();
    expect(events.at(-1)!.data).toMatchObject({ state: 'stopped', finish_reason: 'session_deleted' });
    expect(chat.accounting.holds.get(id)!.state).toBe('settled');
    await settleBooks();
    await sweep();
    expect(await left(who.id)).toEqual(nothing);
  });

  it('waits with the record of an answer for as long as accounting cannot be told', async () => {
    const { gate, id, response } = await begin(who.token);
    chat.accounting.refuseNext(/settle/, { status: 503, code: 'store_unavailable' });
    await erase(who.id);
    await readSse(response);
    gate.release();
    await chat.app.get(LiveStreams).whenIdle();
    chat.clock.advance(2 * hourMs);
    await sweep();
    expect([await left(who.id), chat.accounting.holds.get(id)!.state]).toEqual([{ ...nothing, streams: 1 }, 'held']);
    await chat.app.get(ClosingsService, { strict: false }).closeDue(100);
    await settleBooks();
    chat.clock.advance(hourMs);
    await sweep();
    expect([await left(who.id), chat.accounting.holds.get(id)!.state]).toEqual([nothing, 'settled']);
  });

  it('finds what a request that was let in before leaves behind, within the hour and no later', async () => {
    await erase(who.id);
    await chat.createSession(who.token);
    chat.clock.advance(15_000);
    await sweep();
    expect(await left(who.id)).toEqual(nothing);
    chat.clock.advance(hourMs);
    expect(await sweep()).toBeGreaterThan(0);
    chat.clock.advance(hourMs);
    expect(await sweep()).toBe(0);
  });

  it('goes on after a crash in the middle', async () => {
    await askOnce(who.token);
    const messages = database().collection('messages');
    // As if the process had died when it had only written down that the user is gone.
    await database()
      .collection<{ _id: string }>('departed_users')
      .insertOne({
        _id: who.id,
        successor_id: null,
        departed_at: chat.clock.date(),
        sweeps: 0,
        next_sweep_at: chat.clock.date(),
      } as never);
    expect(await messages.countDocuments({ user_id: who.id })).toBe(2);
    await sweep();
    await settleBooks();
    await sweep();
    expect(await left(who.id)).toEqual(nothing);
  });
});

describe('POST /internal/merges', () => {
  it("makes a visitor's conversations the user's, with messages and streams", async () => {
    const visitor = newUser('vis');
    const { session, id } = await askOnce(visitor.token);
    const { status, body } = await merge(visitor.id, who.id);
    expect([status, body]).toEqual([200, { visitor_id: visitor.id, user_id: who.id }]);
    const { body: messages } = await chat.http.get(`/chat/sessions/${session}/messages`, { token: who.token });
    expect(messages.data.map(({ content }: { content: string }) => content)).toEqual(['Hello', 'Good day']);
    const status2 = await chat.http.get(`/chat/sessions/${session}/streams/${id}/status`, { token: who.token });
    expect(status2.body).toMatchObject({ state: 'completed' });
    expect((await chat.http.get(`/chat/sessions/${session}`, { token: visitor.token })).status).toBe(404);
    expect(await left(visitor.id)).toEqual(nothing);
  });

  it('[attack 101] gives them to the first user who is named, and to no second one', async () => {
    const visitor = newUser('vis');
    const second = newUser();
    await askOnce(visitor.token);
    await merge(visitor.id, who.id);
    expect((await merge(visitor.id, second.id)).body.user_id).toBe(who.id);
    expect([await left(second.id), (await left(who.id)).sessions]).toEqual([nothing, 1]);
  });

  it('gives them to one of two users who are named at the same moment', async () => {
    const visitor = newUser('vis');
    const second = newUser();
    await askOnce(visitor.token);
    const answers = await Promise.all([merge(visitor.id, who.id), merge(visitor.id, second.id)]);
    expect(new Set(answers.map(({ body }) => body.user_id)).size).toBe(1);
    const counts = [(await left(who.id)).sessions, (await left(second.id)).sessions];
    expect(counts.sort()).toEqual([0, 1]);
  });

  it("lets a running answer go on: it is paid from the visitor's hold, and its text is in the user's conversation", async () => {
    const visitor = newUser('vis');
    const { session, gate, id, response } = await begin(visitor.token);
    chat.auth.user(visitor.id, [], { status: 'deactivated', role: 'anonymous', successor_id: who.id });
    chat.clock.advance(3_000);
    await merge(visitor.id, who.id);
    chat.app.get(StreamSignals).send('rights_lost', visitor.id);
    gate.release();
    expect(textOf(await readSse(response))).toBe('one two');
    await chat.app.get(LiveStreams).whenIdle();
    expect(chat.accounting.holds.get(id)!.state).toBe('settled');
    const { body } = await chat.http.get(`/chat/sessions/${session}/messages`, { token: who.token });
    expect(body.data.at(-1)).toMatchObject({ content: 'one two', state: 'completed' });
    expect(await left(visitor.id)).toEqual(nothing);
  });

  it('erases what comes from a visitor whose user was erased since', async () => {
    const visitor = newUser('vis');
    await erase(who.id);
    await askOnce(visitor.token);
    await merge(visitor.id, who.id);
    expect([(await left(visitor.id)).messages, (await left(who.id)).messages]).toEqual([0, 0]);
  });
});

describe('what auth tells chat', () => {
  it.each(['erasures', 'merges'] as const)(
    '[POST /internal/%s] is refused from users and from other services',
    async (what) => {
      const body = what === 'erasures' ? { user_id: who.id } : { visitor_id: 'vis_x', user_id: who.id };
      const codes = [
        who.token,
        chat.auth.user('usr_root', ['*:*']),
        chat.auth.serviceToken('auth', 'chat', 'users:read'),
      ];
      const answers = await Promise.all(codes.map((token) => tell(what, body, token)));
      expect(answers.map(({ status, body: { code } }) => [status, code])).toEqual([
        [403, 'service_token_required'],
        [403, 'service_token_required'],
        [403, 'insufficient_scope'],
      ]);
      expect((await tell(what, body, chat.auth.serviceToken('auth', 'accounting', 'users:erase'))).status).toBe(401);
    },
  );

  it.each([{}, { user_id: '' }, { user_id: { $ne: '' } }, { user_id: 'usr 1' }, { user_id: 'usr_1', all: true }])(
    'is refused as %j',
    async (body) => expect((await tell('erasures', body)).status).toBe(400),
  );
});
