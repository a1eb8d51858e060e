import type { HttpAnswer } from '@parley/testing';
import type { Scene } from './scene.js';

/** What differs between two runs of the same thing: the times, and the number of the request. */
const ofTheMoment = ['at', 'created_at', 'updated_at', 'closed_at', 'expires_at', 'request_id'];

/** All that is stored about a scene, in words that are the same for every scene with the same past. */
export async function storedOutcome(scene: Scene): Promise<string> {
  const { db } = scene.stage;
  const account_id = `user:${scene.userId}`;
  const accounts = await db.collection<{ _id: string }>('credit_accounts').find({ _id: account_id }).toArray();
  const holds = await db.collection('credit_holds').find({ account_id }).toArray();
  const entries = await db.collection('credit_entries').find({ account_id }).sort({ seq: 1 }).toArray();
  return inGeneralWords({ accounts, holds, entries }, scene);
}

/** The answer; that it was given before is no difference. */
export function answerOf(answer: HttpAnswer | number, scene: Scene): string {
  if (typeof answer === 'number') return 'swept';
  const status = answer.status < 300 ? 'done' : answer.status;
  return inGeneralWords({ status, body: answer.body as unknown }, scene);
}

const inGeneralWords = (value: unknown, { userId, holdId }: Scene): string =>
  JSON.stringify(value, (name, member: unknown) => {
    if (ofTheMoment.includes(name)) return undefined;
    return typeof member === 'bigint' ? String(member) : member;
  })
    .replaceAll(userId, '(user)')
    .replaceAll(holdId, '(hold)')
    .replaceAll(/[0-9a-f]{64}/g, '(digest)');
