import type { SettleHold, Usage } from '@parley/contracts';

export const entryTypes = [
  ...(['allocation', 'opening_balance', 'allowance', 'adjustment', 'refund'] as const),
  ...(['hold', 'top_up', 'settle', 'release', 'expire', 'late', 'correction', 'expiry'] as const),
] as const;
export type EntryType = (typeof entryTypes)[number];

/** Where credits come from and go to. They have no document of their own: their balances are sums over the entries. */
export const counterparties = {
  issuance: 'sys:issuance',
  revenue: 'sys:revenue',
  writeoff: 'sys:writeoff',
  /** What visitors may spend and nobody has paid for. */
  promotion: 'sys:promotion',
  /** What was given with an end and was not spent until then. */
  expired: 'sys:expired',
} as const;
export type Counterparty = (typeof counterparties)[keyof typeof counterparties];

/** One movement of one account, before it is known whether the account can bear it. Amounts in micro-credits. */
export interface Posting {
  /** The operation's own name; the ledger takes each one once. */
  entryId: string;
  accountId: string;
  type: EntryType;
  delta: bigint;
  heldDelta: bigint;
  openHoldsDelta: -1 | 0 | 1;
  facts: PostingFacts;
}

/** What an entry says beside the amounts. */
export interface PostingFacts {
  actor: string;
  counterparty?: Counterparty;
  holdId?: string;
  priceId?: string;
  usage?: Usage;
  outcome?: SettleHold['outcome'];
  reason?: string;
  requestHash?: string;
  /** What the work cost and nobody is charged for: it goes from `sys:writeoff` to `sys:revenue`. */
  writtenOff?: bigint;
  /** The charge that a refund gives back, where it names one. */
  refundOf?: string;
  /** When what is given ends. */
  expiresAt?: Date;
  /** The entry that gave what an expiry takes back. */
  expiryOf?: string;
  /** The rule by which credits are given. */
  ruleId?: string;
  /** What an account said before and says now, where a person has put it right. */
  correction?: Correction;
}

/** What an account says, beside whether it is in use. */
export interface AccountFigures {
  balance_ucr: bigint;
  held_ucr: bigint;
  open_holds: number;
  /** The number of its last entry. */
  seq: number;
}

/** How a repair changed what was stored: no credits move, so the entries alone would not show it. */
export interface Correction {
  before: AccountFigures;
  /** With the entry that says so as the last one. */
  after: AccountFigures;
  /** The member caps that were counted anew. */
  caps?: CapCorrection[];
}

export interface CapCorrection {
  cap_id: string;
  held_before_ucr: bigint;
  held_after_ucr: bigint;
  spent_before_ucr: bigint;
  spent_after_ucr: bigint;
}

/** The part of an account that decides. */
export interface AccountState {
  status: 'active' | 'frozen' | 'closed';
  balance: bigint;
  held: bigint;
  openHolds: number;
  /** The number of its last entry; an account that was never used has none. */
  seq?: number;
}

export const available = ({ balance, held }: Pick<AccountState, 'balance' | 'held'>): bigint => balance - held;

/** What is posted to an account because somebody decides so, each with the counterparty that it comes from or goes to. */
const creditedFrom = {
  allocation: counterparties.issuance,
  opening_balance: counterparties.issuance,
  allowance: counterparties.promotion,
  adjustment: counterparties.issuance,
  refund: counterparties.revenue,
} as const;

/** Credits given to an account or taken from it, without any hold. */
export const creditPosting = (
  type: keyof typeof creditedFrom,
  entryId: string,
  accountId: string,
  delta: bigint,
  facts: PostingFacts,
): Posting => ({
  entryId,
  accountId,
  type,
  delta,
  heldDelta: 0n,
  openHoldsDelta: 0,
  facts: { ...facts, counterparty: creditedFrom[type] },
});

/** Credits set aside. */
export const holdPosting = (holdId: string, accountId: string, amount: bigint, facts: PostingFacts): Posting => ({
  entryId: `hold:${holdId}`,
  accountId,
  type: 'hold',
  delta: 0n,
  heldDelta: amount,
  openHoldsDelta: 1,
  facts: { ...facts, holdId },
});

/** More credits set aside for a hold that is open. */
export const topUpPosting = (
  holdId: string,
  accountId: string,
  more: { seq: number; amount: bigint },
  facts: PostingFacts,
): Posting => ({
  entryId: `prog:${holdId}:${more.seq}`,
  accountId,
  type: 'top_up',
  delta: 0n,
  heldDelta: more.amount,
  openHoldsDelta: 0,
  facts: { ...facts, holdId },
});

export type ClosingType = 'settle' | 'release' | 'expire';

/** The end of a hold: all of `held` is freed and `charged` is taken. Every way to close shares the one entry id. */
export const closingPosting = (
  type: ClosingType,
  hold: { holdId: string; accountId: string; held: bigint; charged: bigint },
  facts: PostingFacts,
): Posting => ({
  entryId: `close:${hold.holdId}`,
  accountId: hold.accountId,
  type,
  delta: -hold.charged,
  heldDelta: -hold.held,
  openHoldsDelta: -1,
  facts: {
    ...facts,
    holdId: hold.holdId,
    ...(type === 'release' ? {} : { counterparty: counterparties.revenue }),
  },
});

/** What a settlement after the expiry still takes. */
export const lateSettlementPosting = (
  hold: { holdId: string; accountId: string; charged: bigint },
  facts: PostingFacts,
): Posting => ({
  entryId: `late:${hold.holdId}`,
  accountId: hold.accountId,
  type: 'late',
  delta: -hold.charged,
  heldDelta: 0n,
  openHoldsDelta: 0,
  facts: { ...facts, holdId: hold.holdId, counterparty: counterparties.revenue },
});

/** What is left of expired credits goes. One that something was held of comes again, so the parts are counted from 1. */
export const expiryPosting = (
  accountId: string,
  expired: { entryId: string; part: number; amount: bigint },
): Posting => ({
  entryId: `expiry:${expired.entryId}:${expired.part}`,
  accountId,
  type: 'expiry',
  delta: -expired.amount,
  heldDelta: 0n,
  openHoldsDelta: 0,
  facts: {
    actor: 'svc:accounting',
    reason: 'credits expired',
    expiryOf: expired.entryId,
    counterparty: counterparties.expired,
  },
});

/** A person has put an account right: nothing moves, and the entry says what was changed. */
export const correctionPosting = (entryId: string, accountId: string, facts: PostingFacts): Posting => ({
  entryId,
  accountId,
  type: 'correction',
  delta: 0n,
  heldDelta: 0n,
  openHoldsDelta: 0,
  facts,
});
