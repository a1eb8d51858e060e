import type { HttpAnswer } from '@parley/testing';
import type { Scene } from './scene.js';

/** What differs between two runs of the same operation: the times and the request's number. */
const ofTheMoment = [
  'at',
  'created_at',
  'updated_at',
  'closed_at',
  'expires_at',
  'effective_at',
  'request_id',
  'due_at',
];
/** What depends on which of several operations came first. */
const ofTheOrder = [
  ...['seq', 'balance_after_ucr', 'held_after_ucr', 'balance_ucr', 'available_ucr'],
  'affordable_output_tokens',
];

/** Everything stored about a scene, written so that two scenes with the same history read the same. */
export async function storedOutcome(scene: Scene): Promise<string> {
  return inGeneralWords(await rowsOf(scene), scene, ofTheMoment);
}

/** The same without what depends on the order of operations that came at once. */
export async function storedInAnyOrder(scene: Scene): Promise<string> {
  const { accounts, caps, entries, holds } = await rowsOf(scene);
  const words = [...entries, ...holds].map((row) => inGeneralWords(row, scene, [...ofTheMoment, ...ofTheOrder]));
  return [inGeneralWords({ accounts, caps }, scene, ofTheMoment), ...words.sort()].join();
}

async function rowsOf({ stage: { db }, accountId: account_id, ownModel }: Scene) {
  const of = (name: string, filter: object, order: Record<string, 1> = { _id: 1 }) =>
    db.collection(name).find(filter).sort(order).toArray();
  return {
    accounts: await of('credit_accounts', { _id: account_id }),
    holds: await of('credit_holds', { account_id }),
    entries: await of('credit_entries', { account_id }, { seq: 1 }),
    gifts: await of('credit_rule_grants', { account_id }),
    expiring: await of('expiring_credits', { _id: account_id }),
    caps: await of('member_caps', { org_id: account_id.replace(/^org:/, '') }),
    // Setting a price again adds a version; only the one in force counts.
    price: (await of('price_versions', { model: ownModel }, { version: 1 }))
      .map(({ output_ucr_per_mtok: rate }) => rate as bigint)
      .at(-1),
  };
}

/** The answer; whether it was given before makes no difference. */
export function answerOf(answer: HttpAnswer | number, scene: Scene, isOrdered = true): string {
  if (typeof answer === 'number') return 'swept';
  const status = answer.status < 300 ? 'done' : answer.status;
  const left = isOrdered ? ofTheMoment : [...ofTheMoment, ...ofTheOrder];
  return inGeneralWords({ status, body: answer.body as unknown }, scene, left);
}

const inGeneralWords = (value: unknown, { names }: Scene, left: readonly string[]): string => {
  const words = JSON.stringify(value, (name, member: unknown) => {
    if (left.includes(name)) return undefined;
    return typeof member === 'bigint' ? String(member) : member;
  });
  return names
    .reduce((text, [id, name]) => text.replaceAll(id, name), words)
    .replaceAll(/[0-9a-f]{64}/g, '(digest)')
    .replaceAll(/prc_[0-9a-f]+/g, '(price)')
    .replaceAll(/crl_[0-9a-f]+/g, '(rule)');
};
