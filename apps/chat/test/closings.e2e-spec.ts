import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Hold } from '@parley/contracts';
import { PeriodicJobs } from '@parley/platform';
import { readSse } from '@parley/testing';
import { AccountingClient } from '../src/accounting/accounting-client.js';
import { RecoveryService } from '../src/recovery/recovery.service.js';
import { BooksComparisonService } from '../src/closings/books-comparison.service.js';
import { ClosingStore } from '../src/closings/closing-store.js';
import { ClosingsService } from '../src/closings/closings.service.js';
import { LiveStreams } from '../src/readers/live-streams.js';
import { StreamStore } from '../src/streams/stream-store.js';
import { TurnsService } from '../src/turns/turns.service.js';
import { type ChatHarness, startChat } from './chat-harness.js';

let chat: ChatHarness;
let session: string;
let token: string;

beforeAll(async () => {
  chat = await startChat();
  // Only the rounds that the tests make.
  await chat.app.get(PeriodicJobs).stop();
});
beforeEach(async () => {
  // The time that passes in these tests is longer than a token lives.
  token = chat.auth.accessToken('usr_alice');
  session = await chat.createSession(token);
});
afterAll(() => chat.stop());

describe("the comparison with accounting's books", () => {
  beforeEach(async () => {
    chat.accounting.down = false;
    await chat.streams().updateMany({}, { $unset: { 'settlement.compare_at': 1 } });
  });

  const compare = () => chat.app.get(BooksComparisonService).compareDue(100);
  const differences = () => chat.logs.filter(({ msg }) => msg === "accounting's books differ from ours");
  const looksAt = (id: string) => chat.accounting.callsTo(new RegExp(`GET /holds/${id}$`)).length;
  const counted = async () => {
    const { body } = await chat.http.get('/metrics');
    const of = (result: string) =>
      Number(new RegExp(`chat_settlements_compared_total{result="${result}"} (\\d+)`).exec(String(body))?.[1] ?? 0);
    return { same: of('same'), different: of('different') };
  };
  /** A question is asked and answered; then a minute passes. */
  const answered = async () => {
    const { id } = await chat.ask(session);
    chat.clock.advance(60_000);
    return id;
  };

  it('is made once for every settlement, and not before a minute has passed', async () => {
    const before = differences().length;
    const { id } = await chat.ask(session);
    expect(await compare()).toBe(0);
    chat.clock.advance(60_000);
    expect(await compare()).toBe(1);
    expect(await compare()).toBe(0);
    expect([looksAt(id), differences().length]).toEqual([1, before]);
  });

  it('finds nothing wrong with a release, nor with a hold that never came', async () => {
    const before = differences().length;
    chat.model.refuses(500);
    await answered();
    chat.accounting.down = true;
    expect((await chat.start(session)).status).toBe(503);
    chat.accounting.down = false;
    chat.clock.advance(60_000);
    await chat.app.get(ClosingsService).closeDue(10);
    chat.clock.advance(60_000);
    expect([await compare(), differences().length]).toEqual([2, before]);
  });

  const differing: Array<[string, Partial<Hold>]> = [
    ['another charge', { charged_ucr: 1 }],
    ['a hold that is still open', { state: 'held' }],
    ['a hold that was released', { state: 'released' }],
  ];
  it.each(differing)('reports %s, once, in the log and as a metric', async (_, theirs) => {
    const before = { logged: differences().length, ...(await counted()) };
    const id = await answered();
    Object.assign(chat.accounting.holds.get(id)!, theirs);
    expect([await compare(), await compare()]).toEqual([1, 0]);
    expect(differences().slice(before.logged)).toMatchObject([
      { level: 'error', streaming_session_id: id, accounting: theirs },
    ]);
    expect(await counted()).toEqual({ same: before.same, different: before.different + 1 });
  });

  it('reports a hold that is not there', async () => {
    const before = differences().length;
    chat.accounting.holds.delete(await answered());
    await compare();
    expect(differences().slice(before)).toMatchObject([{ accounting: { state: 'absent' } }]);
  });

  it('waits for an accounting that is away, and goes on when it is back', async () => {
    const id = await answered();
    chat.accounting.down = true;
    expect([await compare(), looksAt(id)]).toEqual([0, 1]);
    chat.accounting.down = false;
    expect([await compare(), looksAt(id)]).toEqual([1, 2]);
    expect((await chat.record(id)).settlement).not.toHaveProperty('compare_at');
  });

  it('takes no more at once than it is told', async () => {
    for (let n = 0; n < 3; n++) await chat.ask(session);
    chat.clock.advance(60_000);
    expect([await chat.app.get(BooksComparisonService).compareDue(2), await compare()]).toEqual([2, 1]);
  });
});

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
  afterEach(() => void jest.restoreAllMocks());

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
    await chat.streams().updateMany({ session_id: session, active: true }, { $set: { lease_until: new Date(0) } });
    await chat.app.get(RecoveryService).recoverAbandoned();
    for (let round = 0; round < 3; round++) {
      chat.clock.advance(60_000);
      await chat.app.get(ClosingsService).closeDue(100);
    }
  };

  const points: CrashPoint[] = [
    { when: 'after', owner: StreamStore, step: 'reserve', charge: 0 },
    { when: 'before', owner: AccountingClient, step: 'createHold', charge: 0 },
    { when: 'after', owner: AccountingClient, step: 'createHold', charge: 0 },
    { when: 'before', owner: TurnsService, step: 'begin', charge: 0 },
    { when: 'after', owner: TurnsService, step: 'begin', charge: 0 },
    { when: 'before', owner: TurnsService, step: 'end', charge: estimated },
    { when: 'after', owner: TurnsService, step: 'end', charge: counted },
    { when: 'before', owner: AccountingClient, step: 'settleHold', charge: counted },
    { when: 'after', owner: AccountingClient, step: 'settleHold', charge: counted },
    { when: 'before', owner: ClosingStore, step: 'write', charge: counted },
    { when: 'after', owner: ClosingStore, step: 'write', charge: counted },
  ];

  it.each(points)('$when $step: its hold is closed once, for $charge, and the session goes on', async (point) => {
    chat.model.answers([text], { usage: { input_tokens: 30, output_tokens: 12 } });
    dieAt(point);
    const asked = chat.model.requests.length;
    const first = await chat.start(session, undefined, {}, token);
    await first.text();
    const called = chat.model.requests.length - asked;
    await recover();
    const { _id, settlement, active } = (await chat.streams().findOne({ session_id: session }))!;
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
