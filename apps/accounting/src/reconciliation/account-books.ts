import { createHash } from 'node:crypto';
import type { AccountRow } from '../accounts/account.schema.js';
import type { HoldRow } from '../holds/hold.schema.js';
import type { EntryRow } from '../ledger/ledger-entry.schema.js';
import { requestHash } from '../ledger/request-hash.js';

/** Everything that was written about one account, read at one moment; entries in the order of their numbers. */
export interface AccountBooks {
  account: AccountRow;
  entries: readonly EntryRow[];
  holds: readonly HoldRow[];
}

/** What does not add up, by the number of the invariant that it breaks. */
export interface Drift {
  account_id: string;
  invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8';
  detail: string;
}

/** Compares an account with its entries and its holds. Nothing is put right here: that takes a person and an entry. */
export function findDrift(books: AccountBooks): Drift[] {
  const faults = [
    ...driftOfAccount(books),
    ...driftOfSequence(books),
    ...books.holds.flatMap((hold) => driftOfHold(hold, books)),
  ];
  return faults.map(([invariant, detail]) => ({ account_id: books.account._id, invariant, detail }));
}

type Fault = [Drift['invariant'], string];

function driftOfAccount({ account, entries, holds }: AccountBooks): Fault[] {
  const open = holds.filter(({ state }) => state === 'held');
  const { balance_ucr: balance, held_ucr: held } = account;
  return [
    ...unless(balance === sum(entries, 'delta_ucr'), 'I1', 'the balance is not the sum of the entries'),
    ...unless(held === sum(open, 'amount_ucr'), 'I2', 'held is not the sum of the open holds'),
    ...unless(held === sum(entries, 'held_delta_ucr'), 'I2', 'held is not the sum of the entries'),
    ...unless(account.open_holds === open.length, 'I2', 'the open holds are counted wrongly'),
    ...unless(0n <= held && held <= balance, 'I3', 'held is not between nothing and the balance'),
    ...unless(account.seq === entries.length, 'I7', 'the last number is not the count of the entries'),
  ];
}

function driftOfSequence({ entries }: AccountBooks): Fault[] {
  let [balance, held] = [0n, 0n];
  return entries.flatMap((entry, index): Fault[] => {
    balance += entry.delta_ucr;
    held += entry.held_delta_ucr;
    const follows = entry.balance_after_ucr === balance && entry.held_after_ucr === held;
    const hasOtherSide = entry.delta_ucr === 0n || Boolean(entry.counterparty);
    return [
      ...unless(entry.seq === index + 1, 'I7', `${entry._id} has a number out of order`),
      ...unless(follows, 'I7', `${entry._id} does not follow from the entry before`),
      ...unless(hasOtherSide, 'I8', `${entry._id} moves credits from or to nowhere`),
    ];
  });
}

function driftOfHold(hold: HoldRow, { entries }: AccountBooks): Fault[] {
  const own = entries.filter(({ hold_id, type }) => hold_id === hold._id && type !== 'refund');
  const count = (id: string) => own.filter(({ _id }) => _id === `${id}:${hold._id}`).length;
  const isOpen = hold.state === 'held' || hold.state === 'denied';
  const late = own.find(({ type }) => type === 'late')?.delta_ucr ?? 0n;
  const atClosing = hold.charged_ucr + late;
  const addsUp =
    atClosing > hold.amount_ucr ? hold.released_ucr === 0n : atClosing + hold.released_ucr === hold.amount_ucr;
  return [
    ...unless(count('hold') === (hold.state === 'denied' ? 0 : 1), 'I4', `${hold._id} was not opened once`),
    ...unless(count('close') === (isOpen ? 0 : 1), 'I4', `${hold._id} was not closed once`),
    ...unless(count('late') === (hold.state === 'late' ? 1 : 0), 'I4', `${hold._id} was not closed late once`),
    ...unless(-sum(own, 'delta_ucr') === hold.charged_ucr, 'I5', `${hold._id} was charged something else than it says`),
    ...unless(isOpen || addsUp, 'I6', `${hold._id} was charged and released something else than was held`),
  ];
}

const unless = (isSound: boolean, invariant: Drift['invariant'], detail: string): Fault[] =>
  isSound ? [] : [[invariant, detail]];
const sum = <Name extends string>(rows: readonly Record<Name, bigint>[], name: Name): bigint =>
  rows.reduce((total, row) => total + row[name], 0n);

/** The link of the first entry. */
export const chainStart = '0'.repeat(64);

/** One link of an account's chain: whoever changes an entry changes every link from there on. */
export function nextLink(before: string, entry: EntryRow): string {
  const { _id, account_id, seq, type, delta_ucr, held_delta_ucr, balance_after_ucr, held_after_ucr, actor, at } = entry;
  const amounts = { delta_ucr, held_delta_ucr, balance_after_ucr, held_after_ucr };
  const about = {
    hold_id: entry.hold_id,
    price_id: entry.price_id,
    counterparty: entry.counterparty,
    reason: entry.reason,
  };
  const digest = requestHash({ _id, account_id, seq, type, ...amounts, ...about, actor, at: at.toISOString() });
  return createHash('sha256').update(`${before}\n${digest}`).digest('hex');
}
