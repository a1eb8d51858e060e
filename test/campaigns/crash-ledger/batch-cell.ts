import type { HttpAnswer } from '@parley/testing';
import type { Batch, Part } from './batches.js';
import { afterwards, type Cast, persist, prepared } from './cell.js';
import { answerOf, storedInAnyOrder } from './outcome.js';
import type { Scene } from './scene.js';
import type { Stage } from './stage.js';
import type { Victim } from './victim.js';

/** A batch that nobody interrupted: what it wrote, what each operation was answered, and what was stored afterwards. */
export interface BatchRehearsal {
  writes: string[];
  answers: string[];
  stored: string;
}

const all = ({ first, parts }: Batch): Part[] => [first, ...parts];

/** @throws when they did not share a transaction, because then the crash would show nothing about batches */
export async function rehearseBatch(batch: Batch, stage: Stage, victim: Victim): Promise<BatchRehearsal> {
  const scene = await prepared(batch, stage, victim);
  victim.watch();
  const answers = await sendTogether(batch, scene);
  const writes = [...victim.gate.writes];
  const commits = writes.filter((write) => write === 'commitTransaction').length;
  if (commits >= answers.length) throw new Error(`${batch.name}: ${commits} commits for ${answers.length} operations`);
  return {
    writes,
    answers: answers.map((answer) => inWords(answer, scene)),
    stored: await storedInAnyOrder(scene),
  };
}

/**
 * Kills the process after `write` writes of the batch (0: before the first). What was acknowledged must be there; every other
 * operation happened completely or not at all, and repeating it leads to the same result.
 */
export async function crashBatch(
  batch: Batch,
  write: number,
  rehearsal: BatchRehearsal,
  { stage, victim, successor, audit }: Cast,
): Promise<string[]> {
  const scene = await prepared(batch, stage, victim);
  victim.watch({ after: write, reached: victim.kill });
  const answers = await sendTogether(batch, scene);
  if (victim.isAlive) return ['its kill point was never reached'];
  await victim.end();
  const faults = await audit(stage.db);
  await stage.endSessions(victim);

  for (const [index, part] of all(batch).entries()) {
    const answer = answers[index];
    if (!answer) continue;
    if (!(await isThere(part, scene))) faults.push(`${part.name} was acknowledged and is lost`);
    faults.push(...differs(part, inWords(answer, scene), rehearsal.answers[index]!));
  }
  scene.victim = successor;
  for (const [index, part] of all(batch).entries()) {
    const answer = (await persist(part, scene)) as HttpAnswer;
    faults.push(...differs(part, inWords(answer, scene), rehearsal.answers[index]!));
  }
  await same(scene, rehearsal, 'stored', faults);
  for (const part of all(batch)) await part.act(scene);
  await same(scene, rehearsal, 'stored after one more repetition', faults);
  return [...faults, ...(await afterwards(scene, audit))];
}

/** Holds the first operation up at its first write until the others queue behind it, in order. @returns undefined for lost answers */
async function sendTogether(batch: Batch, scene: Scene): Promise<(HttpAnswer | undefined)[]> {
  const { victim } = scene;
  victim.gate.holdBack();
  const answers: Promise<HttpAnswer | undefined>[] = [];
  for (const part of all(batch)) {
    answers.push(part.act(scene).catch(() => undefined));
    await victim.hasQueued(answers.length);
  }
  victim.gate.letGo();
  return Promise.all(answers);
}

async function isThere(part: Part, scene: Scene): Promise<boolean> {
  const [collection, id] = part.trace(scene);
  return (await scene.stage.db.collection<{ _id: string }>(collection).countDocuments({ _id: id })) === 1;
}

const inWords = (answer: HttpAnswer | undefined, scene: Scene): string =>
  answer ? answerOf(answer, scene, false) : 'nothing';

const differs = (part: Part, answer: string, expected: string): string[] =>
  answer === expected ? [] : [`${part.name} was answered ${answer} instead of ${expected}`];

async function same(scene: Scene, { stored }: BatchRehearsal, what: string, faults: string[]): Promise<void> {
  const now = await storedInAnyOrder(scene);
  if (now !== stored) faults.push(`${what} ${now} instead of ${stored}`);
}
