import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DomainError } from '@parley/platform';
import type { TestService } from '@parley/testing';
import fc from 'fast-check';
import type { Document } from 'mongodb';
import { CorrectionsService } from '../src/corrections/corrections.service.js';
import { HoldClosingsService } from '../src/holds/hold-closings.service.js';
import { HoldProgressService } from '../src/holds/hold-progress.service.js';
import { HoldsService } from '../src/holds/holds.service.js';
import { AccountingHarness, buildHold, buildHoldId, flatPrice } from './accounting-harness.js';
import { OwnDatabase } from './own-database.js';
import { letRun, StoreGate } from './store-gate.js';

/** A failure prints its seed and its path; INTERLEAVINGS_SEED and INTERLEAVINGS_RUNS make other and longer slices. */
const seed = Number(process.env.INTERLEAVINGS_SEED ?? 22);
const numRuns = Number(process.env.INTERLEAVINGS_RUNS ?? 8);
const limitMs = 30_000 + numRuns * 5_000;
const gate = new StoreGate();

let accounting: AccountingHarness;
let instances: TestService[];
beforeAll(async () => {
  accounting = await AccountingHarness.start({}, await OwnDatabase.start());
  instances = [accounting.service, await accounting.addInstance()];
  await accounting.price('flat', flatPrice(5, 1));
  for (const instance of instances) gate.watch(instance);
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

/** A hold of 75 on an account that has 25 beside it. */
interface Scene {
  userId: string;
  holdId: string;
}
type Operation = (scene: Scene, instance: TestService) => Promise<unknown>;

const usage = (output_tokens: number) => ({ input_tokens: 10, output_tokens, source: 'provider' as const });
const settle =
  (output: number): Operation =>
  ({ holdId }, { app }) =>
    app
      .get(HoldClosingsService, { strict: false })
      .settle('chat', holdId, { streaming_session_id: holdId, usage: usage(output), outcome: 'completed' });
const report =
  (seq: number, top_up_output_tokens: number): Operation =>
  ({ holdId }, { app }) =>
    app
      .get(HoldProgressService, { strict: false })
      .report('chat', holdId, { streaming_session_id: holdId, seq, usage: usage(60), top_up_output_tokens });

const operations: Record<string, Operation> = {
  'settle within the hold': settle(25),
  'settle beyond it': settle(90),
  release: ({ holdId }, { app }) =>
    app
      .get(HoldClosingsService, { strict: false })
      .release('chat', holdId, { streaming_session_id: holdId, reason: 'x' }),
  expire: ({ holdId, userId }, { app }) =>
    app.get(HoldClosingsService, { strict: false }).expire({ _id: holdId, account_id: `user:${userId}` }),
  'report what was used': report(1, 0),
  'top up': report(2, 30),
  'hold again': ({ userId }, { app }) =>
    app.get(HoldsService, { strict: false }).create(
      'chat',
      { userId, orgId: null },
      {
        ...buildHold({ max_output_tokens: 15 }),
        ttl_seconds: 90,
      },
    ),
  refund: ({ holdId }, { app }) =>
    app
      .get(CorrectionsService, { strict: false })
      .refund('usr_admin', { hold_id: holdId, amount_ucr: 20, reason: 'x' }),
  'take what is there': ({ userId }, { app }) =>
    app
      .get(CorrectionsService, { strict: false })
      .adjust('usr_admin', { user_id: userId, delta_ucr: -25, reason: 'x' }),
};

async function createScene(isOverdue: boolean): Promise<Scene> {
  const { id: userId } = await accounting.createUser(100);
  const holdId = buildHoldId();
  const request = { ...buildHold({ hold_id: holdId, max_output_tokens: 70 }), ttl_seconds: 600 };
  await instances[0]!.app.get(HoldsService, { strict: false }).create('chat', { userId, orgId: null }, request);
  if (isOverdue) await accounting.abandon(holdId);
  return { userId, holdId };
}

/** What became of the operations, in the order that they are named in, and how everything stands then. */
async function outcome(scene: Scene, names: readonly string[], run: () => Promise<Map<string, string>>) {
  const answers = await run();
  const account = await accounting.db
    .collection<Document & { _id: string }>('credit_accounts')
    .findOne({ _id: `user:${scene.userId}` });
  const hold = await accounting.storedHold(scene.holdId);
  const { balance_ucr, held_ucr, open_holds, seq } = account!;
  const { state, amount_ucr, used_ucr, charged_ucr, released_ucr, uncollected_ucr } = hold!;
  const standing = [balance_ucr, held_ucr, open_holds, seq, state];
  const amounts = [amount_ucr, used_ucr, charged_ucr, released_ucr, uncollected_ucr];
  return [...names.map((name) => `${name}: ${answers.get(name)}`), ...standing, ...amounts].join(' | ');
}
const ask = async (name: string, scene: Scene, instance: TestService): Promise<string> =>
  operations[name]!(scene, instance).then(
    (answer) => (answer === false ? 'nothing to do' : 'done'),
    (error: unknown) => (error instanceof DomainError ? error.code : String(error)),
  );

const permutations = (names: readonly string[]): string[][] =>
  names.length < 2
    ? [[...names]]
    : names.flatMap((name) => permutations(names.filter((other) => other !== name)).map((rest) => [name, ...rest]));

const serial = new Map<string, Promise<string[]>>();
/** Every outcome that there is when the operations come one after the other. */
function serialOutcomes(names: readonly string[], isOverdue: boolean): Promise<string[]> {
  const key = `${isOverdue} ${names.join()}`;
  const known = serial.get(key) ?? Promise.all(permutations(names).map((order) => inOrder(order, names, isOverdue)));
  serial.set(key, known);
  return known;
}
async function inOrder(order: readonly string[], names: readonly string[], isOverdue: boolean): Promise<string> {
  const scene = await createScene(isOverdue);
  return outcome(scene, names, async () => {
    const answers = new Map<string, string>();
    for (const name of order) answers.set(name, await ask(name, scene, instances[0]!));
    return answers;
  });
}

describe('concurrent operations on one hold and its account, on two instances,', () => {
  it(
    `come to what some order of them comes to, whatever the order of their store calls (seed ${seed}, ${numRuns} runs)`,
    async () => {
      const someOperations = fc.uniqueArray(fc.constantFrom(...Object.keys(operations)), {
        minLength: 2,
        maxLength: 3,
      });
      const property = fc.asyncProperty(
        someOperations,
        fc.boolean(),
        fc.scheduler({ act: letRun }),
        async (chosen, isOverdue, scheduler) => {
          const names = chosen.sort();
          const allowed = await serialOutcomes(names, isOverdue);
          const scene = await createScene(isOverdue);
          const result = await outcome(scene, names, async () => {
            const asked = () => Promise.all(names.map((name, index) => ask(name, scene, instances[index % 2]!)));
            const answers = await gate.run(scheduler, asked);
            return new Map(names.map((name, index) => [name, answers[index]!]));
          });
          expect(allowed).toContain(result);
        },
      );
      await fc.assert(property, { seed, numRuns, endOnFailure: true });
    },
    limitMs,
  );
});
