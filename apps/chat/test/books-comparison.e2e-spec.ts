import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Hold } from '@parley/contracts';
import type { Connection } from 'mongoose';
import { PeriodicJobs } from '../src/recovery/periodic-jobs.js';
import { BooksComparison } from '../src/settlements/books-comparison.service.js';
import { SettlementsService } from '../src/settlements/settlements.service.js';
import { type ChatHarness, startChat } from './chat-harness.js';

describe("the comparison with accounting's books", () => {
  let chat: ChatHarness;
  let session: string;

  beforeAll(async () => {
    chat = await startChat();
    // Only the rounds that the tests make.
    await chat.app.get(PeriodicJobs).onModuleDestroy();
  });
  beforeEach(async () => {
    session = await chat.createSession();
    chat.accounting.down = false;
    await streams().updateMany({}, { $unset: { 'settlement.compare_at': 1 } });
  });
  afterAll(() => chat.stop());

  const compare = () => chat.app.get(BooksComparison).compareDue(100);
  const streams = () => chat.app.get<Connection>(getConnectionToken()).collection('chat_streams');
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
    await chat.app.get(SettlementsService).settleDue(10);
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
    expect((await streams().findOne({ _id: id as never }))!.settlement).not.toHaveProperty('compare_at');
  });

  it('takes no more at once than it is told', async () => {
    for (let n = 0; n < 3; n++) await chat.ask(session);
    chat.clock.advance(60_000);
    expect([await chat.app.get(BooksComparison).compareDue(2), await compare()]).toEqual([2, 1]);
  });
});
