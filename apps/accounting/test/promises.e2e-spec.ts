import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { HttpAnswer, HttpClient } from '@parley/testing';
import type { Connection } from 'mongoose';
import { PromisesService } from '../src/holds/promises.service.js';
import { LedgerTransactions } from '../src/transactions/ledger-transactions.js';
import { AccountingHarness, buildHold, flatPrice, problem, refusal, type TestUser } from './accounting-harness.js';
import { commandsOf, monitoredDatabases } from './command-counter.js';
import { createMembers } from './member-pool.js';

let accounting: AccountingHarness;
let instances: HttpClient[];
beforeAll(async () => {
  accounting = await AccountingHarness.start({}, monitoredDatabases());
  instances = [accounting.http, (await accounting.addInstance()).http];
  await accounting.price('flat', flatPrice(5, 1));
  await accounting.price('gratis', { ...flatPrice(0), free: true });
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

/** A hold of 20 for an answer that may come to 100: five for the call, one for each token of output. */
const hold20 = (change: Record<string, unknown> = {}) =>
  buildHold({ max_output_tokens: 15, wanted_output_tokens: 95, ...change });
const used = (output_tokens: number) => ({ usage: { input_tokens: 10, output_tokens, source: 'provider' } });
const atOnce = (count: number, among: readonly HttpClient[], user: (index: number) => TestUser) =>
  Promise.all(
    Array.from({ length: count }, (_, index) => accounting.hold(user(index), hold20(), among[index % among.length])),
  );
/** What the answers that were let begin may come to, each with the most output that it was told. */
const promised = (answers: readonly HttpAnswer[]): number =>
  answers
    .filter(({ status }) => status === 201)
    .reduce((sum, { body }) => sum + 5 + Math.min(95, Number(body.affordable_output_tokens)), 0);
const refusals = (answers: readonly HttpAnswer[]): Set<string> =>
  new Set(answers.filter(({ status }) => status !== 201).map(({ body }) => `${body.code} ${body.available_ucr}`));

describe('[attack 117] what an answer is promised', () => {
  it('is at most what it wants, and is stored', async () => {
    const user = await accounting.createUser(1_000);
    const { body } = await accounting.hold(user, hold20());
    expect(body).toMatchObject({ amount_ucr: 20, affordable_output_tokens: 995 });
    expect(await accounting.storedHold(body.hold_id)).toMatchObject({ amount_ucr: 20n, promised_ucr: 100n });
    expect((await accounting.balance(user)).held_ucr).toBe(20);
  });

  it('is not promised to the next one', async () => {
    const user = await accounting.createUser(150);
    const tokens: number[] = [];
    for (let holds = 0; holds < 2; holds++)
      tokens.push((await accounting.hold(user, hold20())).body.affordable_output_tokens);
    expect(tokens).toEqual([145, 45]);
    const answer = await accounting.hold(user, hold20());
    expect([...refusal(answer), answer.body.required_ucr, answer.body.available_ucr]).toEqual([
      ...problem(402, 'insufficient_credits'),
      ...[20, 0],
    ]);
  });

  it('is at least what is held for it, while anything is free', async () => {
    const user = await accounting.createUser(101);
    await accounting.hold(user, hold20());
    expect((await accounting.hold(user, hold20())).body).toMatchObject({ affordable_output_tokens: 15 });
    expect((await accounting.hold(user, hold20())).status).toBe(402);
  });

  it.each([
    ['on one instance', () => [instances[0]!]],
    ['on two instances', () => instances],
  ])('comes to no more than the balance for 50 answers at once, %s', async (_name, among) => {
    const user = await accounting.createUser(1_000);
    const answers = await atOnce(50, among(), () => user);
    expect([promised(answers), refusals(answers)]).toEqual([1_000, new Set(['insufficient_credits 0'])]);
    expect(await accounting.balance(user)).toMatchObject({ held_ucr: 200, available_ucr: 800 });
  });

  it('exceeds the balance by less than one first hold', async () => {
    const user = await accounting.createUser(1_001);
    expect(promised(await atOnce(50, instances, () => user))).toBe(1_020);
  });

  it('comes to no more than the pool of an organisation for all its members together', async () => {
    const members = await createMembers(accounting, 5, {}, 1_000);
    const answers = await atOnce(50, instances, (index) => members[index % 5]!);
    expect([promised(answers), refusals(answers)]).toEqual([1_000, new Set(['insufficient_credits 0'])]);
  });

  it("comes to no more than each member's cap, whatever the others are promised", async () => {
    const members = await createMembers(accounting, 5, { day: 250, month: 200 });
    const answers = await atOnce(50, instances, (index) => members[index % 5]!);
    expect([promised(answers), refusals(answers)]).toEqual([5 * 200, new Set(['member_cap_reached 0'])]);
  });

  it.each<[string, (holdId: string) => Promise<unknown>]>([
    ['settlement', (holdId) => accounting.settle(holdId, used(0))],
    ['release', (holdId) => accounting.release(holdId)],
    [
      'expiry',
      async (holdId) => {
        await accounting.abandon(holdId);
        await accounting.sweep();
      },
    ],
  ])('is free again after the %s', async (_name, end) => {
    const user = await accounting.createUser(105);
    const { body } = await accounting.hold(user, hold20());
    await accounting.hold(user, hold20());
    expect((await accounting.hold(user, hold20())).status).toBe(402);
    await end(body.hold_id);
    expect((await accounting.hold(user, hold20())).body.affordable_output_tokens).toBeGreaterThanOrEqual(75);
  });

  it('is free again for holds that wait beside the settlement', async () => {
    const user = await accounting.createUser(100);
    const { body } = await accounting.hold(user, hold20());
    const [, , ...answers] = await Promise.all([
      accounting.balance(user),
      accounting.settle(body.hold_id, used(15)),
      ...Array.from({ length: 4 }, () => accounting.hold(user, hold20())),
    ]);
    expect(promised(answers)).toBeLessThanOrEqual(80);
    expect(promised([await accounting.hold(user, hold20()), ...answers])).toBe(80);
  });

  it('takes in the top-ups of the hold', async () => {
    const user = await accounting.createUser(300);
    const { body } = await accounting.hold(user, hold20());
    const more = { ...used(10), top_up_output_tokens: 60 };
    expect((await accounting.progress(body.hold_id, more)).body.amount_ucr).toBe(75);
    expect((await accounting.hold(user, hold20())).body.affordable_output_tokens).toBe(195);
    const beyond = { ...used(70), seq: 2, top_up_output_tokens: 45 };
    expect((await accounting.progress(body.hold_id, beyond)).body.amount_ucr).toBe(120);
    expect((await accounting.hold(user, hold20())).body.affordable_output_tokens).toBe(75);
  });

  it('is what a repetition is told, whatever was promised since', async () => {
    const user = await accounting.createUser(300);
    const request = hold20();
    const first = await accounting.hold(user, request);
    await accounting.hold(user, hold20());
    const again = await accounting.hold(user, request);
    expect([again.status, again.body]).toEqual([200, first.body]);
  });

  it('is just the hold where nothing says what is wanted, also for holds of an earlier version', async () => {
    const user = await accounting.createUser(100);
    const plain = () => hold20({ wanted_output_tokens: undefined });
    const { body } = await accounting.hold(user, plain());
    const holds = accounting.db.collection<{ _id: string }>('credit_holds');
    expect(await holds.findOne({ _id: body.hold_id })).toMatchObject({ promised_ucr: 20n });
    await holds.updateOne({ _id: body.hold_id }, { $unset: { promised_ucr: 1 } });
    expect((await accounting.hold(user, hold20())).body.affordable_output_tokens).toBe(75);
    expect((await accounting.hold(user, hold20())).status).toBe(402);
    expect((await accounting.hold(user, plain())).status).toBe(201);
  });

  it('is all that is wanted of a model that costs nothing, even when everything is promised', async () => {
    const user = await accounting.createUser(100);
    await accounting.hold(user, hold20());
    const { status, body } = await accounting.hold(user, hold20({ model: 'gratis' }));
    expect([status, body.affordable_output_tokens]).toEqual([201, 100_000_000]);
  });

  it('is read once by a transaction, however many holds that decides, and not at all beside no other answer', async () => {
    const user = await accounting.createUser(1_000);
    const count = async (holds: number) => {
      const commands = await commandsOf(accounting.service, () => atOnce(holds, [instances[0]!], () => user));
      const reads = commands.filter(({ find, filter }) => find === 'credit_holds' && filter.account_id);
      return { reads: reads.length, commits: commands.filter((command) => 'commitTransaction' in command).length };
    };
    expect(await count(1)).toEqual({ reads: 0, commits: 1 });
    expect(await count(1)).toEqual({ reads: 1, commits: 1 });
    const { reads, commits } = await count(20);
    expect([commits < 20, reads]).toEqual([true, commits]);
  });

  it('follows what its transaction has written before', async () => {
    const user = await accounting.createUser(1_000);
    const { body } = await accounting.hold(user, hold20());
    const from = <Service>(token: unknown) => accounting.service.app.get<Service>(token as never, { strict: false });
    const holds = from<Connection>(getConnectionToken()).collection<{ _id: string }>('credit_holds');
    const account = { _id: `user:${user.id}`, open_holds: 1 };
    const seen = from<LedgerTransactions>(LedgerTransactions).run(async (session) => {
      await holds.updateOne({ _id: body.hold_id }, { $set: { amount_ucr: 90n } }, { session });
      const promises = await from<PromisesService>(PromisesService).on(account, session);
      throw Object.assign(new Error('undo'), { beyond: promises.beyond() });
    });
    await expect(seen).rejects.toMatchObject({ message: 'undo', beyond: 10n });
  });
});
