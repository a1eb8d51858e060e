import type { HttpAnswer } from '@parley/testing';
import type { Db } from 'mongodb';
import type { Operation } from './operations.js';
import { answerOf, storedOutcome } from './outcome.js';
import { Scene } from './scene.js';
import type { Stage } from './stage.js';
import type { Victim } from './victim.js';

/** What is wrong with the books of a whole database, one sentence for each fault. */
export type Audit = (db: Db, expected?: { quiescent: boolean }) => Promise<string[]>;

/** An uninterrupted operation: what it wrote, what it answered and what was stored afterwards. */
export interface Rehearsal {
  writes: string[];
  answer: string;
  stored: string;
}

/** Who takes part in a crash. */
export interface Cast {
  stage: Stage;
  victim: Victim;
  /** The process that takes over. */
  successor: Victim;
  audit: Audit;
}

/** How long a caller keeps asking a busy ledger. */
const patienceMs = 30_000;

export async function rehearse(operation: Operation, stage: Stage, victim: Victim): Promise<Rehearsal> {
  const scene = await prepared(operation, stage, victim);
  victim.watch();
  const answer = await operation.act(scene);
  const writes = [...victim.gate.writes];
  return { writes, answer: answerOf(answer, scene), stored: await storedOutcome(scene) };
}

/**
 * Kills the process after `write` writes of the operation (0: before the first) and lets the successor repeat it.
 * @returns what differs from the run without a crash
 */
export async function crash(
  operation: Operation,
  write: number,
  rehearsal: Rehearsal,
  { stage, victim, successor, audit }: Cast,
): Promise<string[]> {
  const scene = await prepared(operation, stage, victim);
  victim.watch({ after: write, reached: victim.kill });
  const answered = await operation.act(scene).then(
    () => true,
    () => false,
  );
  if (answered || victim.isAlive) return ['its kill point was never reached'];
  await victim.end();
  const faults = await audit(stage.db);
  await stage.endSessions(victim);

  scene.victim = successor;
  const answer = answerOf(await persist(operation, scene), scene);
  if (answer !== rehearsal.answer) faults.push(`answered ${answer} instead of ${rehearsal.answer}`);
  await same(scene, rehearsal, 'stored', faults);
  await operation.act(scene);
  await same(scene, rehearsal, 'stored after one more repetition', faults);
  return [...faults, ...(await afterwards(scene, audit))];
}

/** Lets everything that is still open expire. @returns what is wrong then */
export async function afterwards(scene: Scene, audit: Audit): Promise<string[]> {
  await scene.abandon();
  await scene.victim.sweep();
  return [...(await leftovers(scene)), ...(await audit(scene.stage.db))];
}

export async function prepared(
  { on, prepare }: Pick<Operation, 'on' | 'prepare'>,
  stage: Stage,
  victim: Victim,
): Promise<Scene> {
  const scene = Scene.open(stage, victim, on);
  for (const step of prepare) {
    const done = await step(scene);
    if (typeof done === 'object' && (done as HttpAnswer).status >= 300)
      throw new Error(`a scene could not be prepared: ${JSON.stringify((done as HttpAnswer).body)}`);
  }
  return scene;
}

/** Repeats the request while it is answered 503, as every caller does: 503 says nothing about whether it was done. */
export async function persist({ act }: Pick<Operation, 'act'>, scene: Scene): Promise<HttpAnswer | number> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const answer = await act(scene);
    if (typeof answer === 'number' || answer.status !== 503 || Date.now() > until) return answer;
  }
}

async function same(scene: Scene, { stored }: Rehearsal, what: string, faults: string[]): Promise<void> {
  const now = await storedOutcome(scene);
  if (now !== stored) faults.push(`${what} ${now} instead of ${stored}`);
}

/** Once the hold has expired and the sweeper has run, none of a user's credits are set aside. */
async function leftovers({ stage, accountId }: Scene): Promise<string[]> {
  const accounts = stage.db.collection<{ _id: string; held_ucr: bigint }>('credit_accounts');
  const account = await accounts.findOne({ _id: accountId });
  return account && account.held_ucr !== 0n ? ['credits stay set aside for ever'] : [];
}
