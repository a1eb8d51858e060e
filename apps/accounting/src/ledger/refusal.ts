import type { QueryFilter } from 'mongoose';
import type { AccountRecord } from './account.schema.js';
import { maxUcr } from './amount.js';
import { type AccountState, available, type EntryType, type Posting } from './posting.js';

/** How many holds one account may have open; it bounds what a runaway client can set aside. */
export const maxOpenHolds = 64;

export const Refusal = {
  frozen: 'frozen',
  tooManyHolds: 'tooManyHolds',
  insufficient: 'insufficient',
  balanceLimit: 'balanceLimit',
  alreadyUsed: 'alreadyUsed',
} as const;
export type Refusal = (typeof Refusal)[keyof typeof Refusal];

/** What must be true of an account, and why it is refused when it is not. */
type Condition = { refusal: Refusal } & (
  | { status: AccountState['status'] }
  | { figure: Figure; atLeast: bigint | number }
  | { figure: Figure; atMost: bigint | number }
);

/** A figure of an account, as it was read and in the words of the database. */
const figures = {
  available: { of: available, stored: { $subtract: ['$balance_ucr', '$held_ucr'] } },
  balance: { of: ({ balance }: AccountState) => balance, stored: '$balance_ucr' },
  held: { of: ({ held }: AccountState) => held, stored: '$held_ucr' },
  openHolds: { of: ({ openHolds }: AccountState) => openHolds, stored: '$open_holds' },
  seq: { of: ({ seq = 0 }: AccountState) => seq, stored: '$seq' },
} as const;
type Figure = keyof typeof figures;

const endings: readonly EntryType[] = ['settle', 'release', 'expire', 'late'];

/** Whether a posting begins something; what has begun can always be ended, even on a frozen account. */
const isOpening = ({ type }: Posting): boolean => !endings.includes(type);

/** How much must be available so that `0 <= held <= balance` still holds afterwards. */
const neededUcr = ({ delta, heldDelta }: Posting): bigint => heldDelta - delta;

/** The one rule of what an account can bear. The first condition that is not met says why it cannot. */
function conditionsOf(posting: Posting): Condition[] {
  const conditions: Condition[] = [];
  if (isOpening(posting)) conditions.push({ refusal: Refusal.frozen, status: 'active' });
  if (posting.openHoldsDelta > 0)
    conditions.push({ refusal: Refusal.tooManyHolds, figure: 'openHolds', atMost: maxOpenHolds - 1 });
  conditions.push({ refusal: Refusal.insufficient, figure: 'available', atLeast: neededUcr(posting) });
  if (posting.heldDelta < 0n)
    conditions.push({ refusal: Refusal.insufficient, figure: 'held', atLeast: -posting.heldDelta });
  if (posting.delta > 0n)
    conditions.push({ refusal: Refusal.balanceLimit, figure: 'balance', atMost: maxUcr - posting.delta });
  if (posting.type === 'opening_balance') conditions.push({ refusal: Refusal.alreadyUsed, figure: 'seq', atMost: 0 });
  return conditions;
}

/** Why an account cannot bear a posting; undefined when it can. */
export const whyRefused = (account: AccountState, posting: Posting): Refusal | undefined =>
  conditionsOf(posting).find((condition) => !isMet(condition, account))?.refusal;

function isMet(condition: Condition, account: AccountState): boolean {
  if ('status' in condition) return account.status === condition.status;
  const figure = figures[condition.figure].of(account);
  return 'atLeast' in condition ? figure >= condition.atLeast : figure <= condition.atMost;
}

/** The same rule as a filter: the check and the movement are one statement, so that no other one can come between them. */
export const guardOf = (posting: Posting): QueryFilter<AccountRecord> => ({
  _id: posting.accountId,
  $expr: { $and: conditionsOf(posting).map(toExpression) },
});

function toExpression(condition: Condition) {
  if ('status' in condition) return { $eq: ['$status', condition.status] };
  const { stored } = figures[condition.figure];
  return 'atLeast' in condition ? { $gte: [stored, condition.atLeast] } : { $lte: [stored, condition.atMost] };
}
