import type { Payer } from './ledger-request.js';
import type { CapName } from './reference-caps.js';

/** A hold as the reference sees it; everything that it has no opinion about is left out. */
export interface ReferenceHold {
  state: 'held' | 'settled' | 'released' | 'expired' | 'late';
  payer: Payer;
  /** The caps that bound it when it was made, which it counts under until its end. */
  caps: readonly CapName[];
  /** The request that made it, and the output that it was told it could have. */
  asked: string;
  affordable: number;
  first: bigint;
  amount: bigint;
  /** What the answer may come to. */
  promised: bigint;
  used: bigint;
  charged: bigint;
  released: bigint;
  uncollected: bigint;
  refunded: bigint;
  seq: number;
  isOverdue: boolean;
  settledWith?: string;
  /** The balance that its end left. */
  remembered: bigint;
}

/** The answer that a request must get: its status, the code of a refusal, and the amounts. */
export type ExpectedAnswer = { status: number } & Record<string, unknown>;

export const refused = (status: number, code: string, facts: Record<string, unknown> = {}): ExpectedAnswer => ({
  status,
  code,
  ...facts,
});

export const short = (code: string, required: bigint, available: bigint): ExpectedAnswer =>
  refused(402, code, { required_ucr: Number(required), available_ucr: Number(available) });

export const opened = (status: 200 | 201, { first, affordable }: ReferenceHold): ExpectedAnswer => ({
  status,
  state: 'held',
  amount_ucr: Number(first),
  affordable_output_tokens: affordable,
});

/** What is reserved for a hold and not set aside. */
export const reserved = ({ promised, amount }: ReferenceHold): bigint => (promised > amount ? promised - amount : 0n);

export const alive = ({ amount, used }: ReferenceHold): ExpectedAnswer => ({
  status: 200,
  amount_ucr: Number(amount),
  used_ucr: Number(used),
});

export const closed = (hold: ReferenceHold): ExpectedAnswer => ({
  status: 200,
  state: hold.state,
  late: hold.state === 'late',
  charged_ucr: Number(hold.charged),
  released_ucr: Number(hold.released),
  uncollected_ucr: Number(hold.uncollected),
  balance_ucr: Number(hold.remembered),
});
