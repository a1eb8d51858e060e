import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { readSse } from '@parley/testing';
import type { Connection } from 'mongoose';
import { AccountingClient } from '../src/accounting/accounting-client.js';
import { LiveStreams } from '../src/streams/live-streams.js';
import { PeriodicJobs } from '../src/recovery/periodic-jobs.js';
import { RecoveryService } from '../src/recovery/recovery.service.js';
import { SettlementStore } from '../src/settlements/settlement-store.js';
import { SettlementsService } from '../src/settlements/settlements.service.js';
import { StreamStore } from '../src/streams/stream-store.js';
import { type ChatHarness, startChat } from './chat-harness.js';

const text = '12345678';
/** Our count of the question and of the text, and the provider's. */
const [estimated, counted] = [9 + 2, 42];

interface CrashPoint {
  /** Whether the step was done. */
  when: 'before' | 'after';
  owner: unknown;
  step: string;
  charge: number;
}

/** What a process that dies leaves behind is what its last step has written: nothing after it is done. */
describe('a chat process that dies', () => {
  let chat: ChatHarness;
  let session: string;
  let token: string;

  beforeAll(async () => {
    chat = await startChat();
    await chat.app.get(PeriodicJobs).onModuleDestroy();
  });
  beforeEach(async () => {
    // The time that recovery takes is longer than a token lives.
    token = chat.auth.accessToken('usr_alice');
    session = await chat.createSession(token);
  });
  afterEach(() => void jest.restoreAllMocks());
  afterAll(() => chat.stop());

  const streams = () => chat.app.get<Connection>(getConnectionToken()).collection('chat_streams');
  const messages = async (): Promise<Array<{ role: string; content: string }>> =>
    (await chat.http.get(`/chat/sessions/${session}/messages`, { token })).body.data;

  /** The step fails, done or not, and everything after it. */
  const dieAt = ({ when, owner, step }: CrashPoint) => {
    const object = chat.app.get<Record<string, (...args: unknown[]) => Promise<unknown>>>(owner as never);
    const work = object[step]!.bind(object);
    const dead = new Error('the process is dead');
    jest.spyOn(object, step).mockImplementation(async (...args) => {
      if (when === 'after') await work(...args);
      jest.spyOn(chat.app.get(StreamStore), 'reject').mockRejectedValue(dead);
      jest.spyOn(chat.app.get(AccountingClient), 'settleHold').mockRejectedValue(dead);
      jest.spyOn(chat.app.get(AccountingClient), 'releaseHold').mockRejectedValue(dead);
      throw dead;
    });
  };
  /** Another process finds what is there. */
  const recover = async () => {
    await chat.app.get(LiveStreams).whenIdle();
    jest.restoreAllMocks();
    await streams().updateMany({ session_id: session, active: true }, { $set: { lease_until: new Date(0) } });
    await chat.app.get(RecoveryService).recoverAbandoned();
    for (let round = 0; round < 3; round++) {
      chat.clock.advance(60_000);
      await chat.app.get(SettlementsService).settleDue(100);
    }
  };

  const points: CrashPoint[] = [
    { when: 'after', owner: StreamStore, step: 'reserve', charge: 0 },
    { when: 'before', owner: AccountingClient, step: 'createHold', charge: 0 },
    { when: 'after', owner: AccountingClient, step: 'createHold', charge: 0 },
    { when: 'before', owner: StreamStore, step: 'begin', charge: 0 },
    { when: 'after', owner: StreamStore, step: 'begin', charge: 0 },
    { when: 'before', owner: StreamStore, step: 'finish', charge: estimated },
    { when: 'after', owner: StreamStore, step: 'finish', charge: counted },
    { when: 'before', owner: AccountingClient, step: 'settleHold', charge: counted },
    { when: 'after', owner: AccountingClient, step: 'settleHold', charge: counted },
    { when: 'before', owner: SettlementStore, step: 'write', charge: counted },
    { when: 'after', owner: SettlementStore, step: 'write', charge: counted },
  ];

  it.each(points)('$when $step: its hold is closed once, for $charge, and the session goes on', async (point) => {
    chat.model.answers([text], { usage: { input_tokens: 30, output_tokens: 12 } });
    dieAt(point);
    const asked = chat.model.requests.length;
    const first = await chat.start(session, undefined, {}, token);
    await first.text();
    const called = chat.model.requests.length - asked;
    await recover();
    const { _id, settlement, active } = (await streams().findOne({ session_id: session }))!;
    const hold = chat.accounting.holds.get(String(_id));
    expect([settlement.state, settlement.charged_ucr, active]).toEqual(['done', point.charge, undefined]);
    expect(hold?.state).not.toBe('held');
    expect(hold?.charged_ucr ?? 0).toBe(point.charge);
    // No model is called without a hold, and nothing is generated again.
    expect([called, chat.model.requests.length - asked]).toEqual(point.charge > 0 ? [1, 1] : [0, 0]);
    const answers = (await messages()).filter(({ role }) => role === 'assistant').map(({ content }) => content);
    expect(answers).toEqual(point.charge > 0 ? [text] : []);
    const next = await chat.start(session, undefined, {}, token);
    expect((await readSse(next)).at(-1)!.data.state).toBe('completed');
  });
});
