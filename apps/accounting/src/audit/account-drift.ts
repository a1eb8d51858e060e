import type { AccountRecord } from '../ledger/account.schema.js';
import type { HoldRecord } from '../holds/hold.schema.js';
import type { Standing } from './entry-drift.js';
import { type Fault, sum, unless } from './drift.js';

/** Compares what an account says with what its entries and its open holds come to. */
export function driftOfAccount(account: AccountRecord, entries: Standing, open: readonly HoldRecord[]): Fault[] {
  const { balance_ucr: balance, held_ucr: held } = account;
  return [
    ...unless(balance === entries.balance, 'I1', 'the balance is not the sum of the entries'),
    ...unless(held === sum(open, 'amount_ucr'), 'I2', 'held is not the sum of the open holds'),
    ...unless(held === entries.held, 'I2', 'held is not the sum of the entries'),
    ...unless(account.open_holds === open.length, 'I2', 'the open holds are counted wrongly'),
    ...unless(0n <= held && held <= balance, 'I3', 'held is not between nothing and the balance'),
    ...unless(account.seq === entries.seq, 'I7', 'the last number is not the count of the entries'),
  ];
}

/** Where the entries and the holds disagree, whatever the account says. */
export const driftOfOpenHolds = (entries: Standing, open: readonly HoldRecord[]): Fault[] =>
  unless(entries.held === sum(open, 'amount_ucr'), 'I2', 'the entries hold something else than the open holds');
