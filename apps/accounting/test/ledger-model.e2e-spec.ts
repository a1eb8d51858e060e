import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpAnswer } from '@parley/testing';
import fc from 'fast-check';
import { AccountingHarness, buildHold, flatPrice, type TestUser } from './accounting-harness.js';
import { LedgerModel, type ModelHold } from './ledger-model.js';
import { findFaults } from './sound-books.js';

const seed = Number(process.env.LEDGER_MODEL_SEED ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env.LEDGER_MODEL_RUNS ?? 6);
const callPrice = 5;

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  await accounting.price('flat', flatPrice(callPrice, 1));
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

/** What an answer says, without what is new in each: its id, and whether it was given before. */
const said = ({ status, body }: Pick<HttpAnswer, 'status' | 'body'>) =>
  JSON.stringify([status < 400 ? 'ok' : status, { ...body, request_id: undefined }]);
const used = (output: number, change: Record<string, unknown> = {}) => ({
  usage: { input_tokens: 10, output_tokens: output, source: 'provider' },
  ...change,
});

/** One operation: what the model expects of it, what the service answers, and that both then stand alike. */
class Operation implements fc.AsyncCommand<LedgerModel, TestUser> {
  constructor(
    private readonly name: string,
    private readonly act: (model: LedgerModel, user: TestUser) => Promise<[expected: unknown, real: unknown]>,
    private readonly needsHold = true,
  ) {}

  check = (model: Readonly<LedgerModel>) => !this.needsHold || model.holds.length > 0;
  toString = () => this.name;

  async run(model: LedgerModel, user: TestUser): Promise<void> {
    const [expected, real] = await this.act(model, user);
    expect(real).toEqual(expected);
    const account = await accounting.db
      .collection<{ _id: string; balance_ucr: bigint; held_ucr: bigint }>('credit_accounts')
      .findOne({ _id: `user:${user.id}` });
    expect([account?.balance_ucr, account?.held_ucr]).toEqual([BigInt(model.balance), BigInt(model.held)]);
    expect(await findFaults(accounting.db)).toEqual([]);
  }
}

/** Sends a request and keeps it, so that a later operation may send it again. */
async function send(model: LedgerModel, request: () => Promise<HttpAnswer>): Promise<number> {
  const answer = await request();
  // What cannot be told apart from a new request, or was refused for the state of things, may be answered anew.
  if (answer.status < 400) model.sent.push({ send: request, answer: said(answer) });
  return answer.status;
}

let keys = 0;
const key = () => ({ 'idempotency-key': `model-${++keys}` });
const pick = (model: LedgerModel, place: number): ModelHold => model.holds[place % model.holds.length]!;
const place = fc.nat(20);
const tokens = fc.nat(120);

const allocate = fc.integer({ min: 1, max: 200 }).map(
  (amount) =>
    new Operation(
      `allocate ${amount}`,
      async (model, user) => {
        const headers = key();
        model.balance += amount;
        return [201, await send(model, () => accounting.allocate(user, amount, headers))];
      },
      false,
    ),
);
const hold = tokens.map(
  (max) =>
    new Operation(
      `hold ${max}`,
      async (model, user) => {
        const request = buildHold({ max_output_tokens: max });
        const now = () => ({ ...user, token: accounting.auth.accessToken(user.id) });
        return [model.hold(request.hold_id, callPrice + max), await send(model, () => accounting.hold(now(), request))];
      },
      false,
    ),
);
const progress = fc.tuple(place, tokens, tokens).map(
  ([at, output, more]) =>
    new Operation(`progress ${at} ${output}+${more}`, async (model) => {
      const target = pick(model, at);
      const body = used(output, { seq: target.seq + 1, top_up_output_tokens: more });
      const expected = model.progress(target, callPrice + output, callPrice + output + more);
      return [expected, (await accounting.progress(target.id, body)).status];
    }),
);
const settle = fc.tuple(place, tokens, fc.constantFrom('completed', 'stopped', 'failed')).map(
  ([at, output, outcome]) =>
    new Operation(`settle ${at} ${output} ${outcome}`, async (model) => {
      const target = pick(model, at);
      const actual = outcome === 'failed' ? 0 : callPrice + output;
      const expected = model.settle(target, actual, `${output} ${outcome}`);
      return [expected, await send(model, () => accounting.settle(target.id, used(output, { outcome })))];
    }),
);
const release = place.map(
  (at) =>
    new Operation(`release ${at}`, async (model) => {
      const target = pick(model, at);
      return [model.release(target), await send(model, () => accounting.release(target.id))];
    }),
);
const expire = place.map(
  (at) =>
    new Operation(`expire ${at}`, async (model) => {
      const target = pick(model, at);
      const expected = target.state === 'held' ? 1 : 0;
      model.expire(target);
      if (expected > 0) await accounting.abandon(target.id);
      return [expected, await accounting.sweep()];
    }),
);
const refund = fc.tuple(place, fc.integer({ min: 1, max: 60 })).map(
  ([at, amount]) =>
    new Operation(`refund ${at} ${amount}`, async (model) => {
      const target = pick(model, at);
      const headers = key();
      const body = { hold_id: target.id, amount_ucr: amount };
      return [model.refund(target, amount), await send(model, () => accounting.refund(body, headers))];
    }),
);
const replay = place.map(
  (at) =>
    new Operation(`replay ${at}`, async (model) => {
      const earlier = model.sent[at % Math.max(1, model.sent.length)];
      return earlier ? [earlier.answer, said(await earlier.send())] : [0, 0];
    }),
);
const tick = fc.constant(
  new Operation(
    'tick',
    (_model) => {
      accounting.clock.advance(60_000);
      return Promise.resolve([0, 0]);
    },
    false,
  ),
);

describe('the ledger', () => {
  it(`agrees with its model after every operation (seed ${seed})`, async () => {
    const commands = fc.commands([allocate, hold, hold, progress, settle, release, expire, refund, replay, tick], {
      maxCommands: 25,
      size: 'max',
    });
    await fc.assert(
      fc.asyncProperty(commands, async (operations) => {
        const user = await accounting.createUser(100);
        const model = new LedgerModel();
        model.balance = 100;
        await fc.asyncModelRun(() => ({ model, real: user }), operations);
      }),
      { seed, numRuns, endOnFailure: true },
    );
  });
});
