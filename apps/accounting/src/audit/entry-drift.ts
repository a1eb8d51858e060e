import { chainStart, type Mark, nextLink } from '../chain/chain-link.js';
import { type CreditLot, followLots, takeable } from '../ledger/credit-lots.js';
import type { EntryRecord } from '../ledger/ledger-entry.schema.js';
import { counterparties, type Counterparty, type EntryType } from '../ledger/posting.js';
import { type Fault, unless } from './drift.js';
import { continued, type Misstatement } from './misstatement.js';

/** How an account stands after one of its entries, by the entries alone. Amounts in micro-credits. */
export interface Standing {
  /** The number of that entry. */
  seq: number;
  balance: bigint;
  held: bigint;
  /** The entry's link in the account's chain. */
  link: string;
}

export const beginning: Standing = { seq: 0, balance: 0n, held: 0n, link: chainStart };

const { expired, issuance, promotion, revenue } = counterparties;

/** The other side of each kind of entry; one that moves no credits has none. */
const otherSideOf: Readonly<Record<EntryType, Counterparty | undefined>> = {
  ...{ allocation: issuance, opening_balance: issuance, adjustment: issuance, allowance: promotion },
  ...{ refund: revenue, settle: revenue, expire: revenue, late: revenue },
  expiry: expired,
  ...{ hold: undefined, top_up: undefined, release: undefined, correction: undefined },
};
/** Made by a request that may be repeated, so the entry keeps its digest. The digest of the request for a hold is on the hold. */
const requested: readonly EntryType[] = [
  ...(['allocation', 'opening_balance', 'allowance', 'adjustment', 'refund', 'correction'] as const),
  ...(['top_up', 'settle', 'late'] as const),
];
const aboutHolds: readonly EntryType[] = ['hold', 'top_up', 'settle', 'release', 'expire', 'late'];

/** How far the entries of an account have been followed. */
export interface Place {
  standing: Standing;
  /** What is left of expiring credits; unknown where the entries were not followed from their beginning. */
  lots?: readonly CreditLot[] | undefined;
  /** The last entries, if their figures are off and nothing explains it yet. */
  misstated?: Misstatement | undefined;
}

/** Follows an account's entries from where the earlier ones left it. */
export function follow(
  from: Place,
  entries: readonly EntryRecord[],
  marks: readonly Mark[],
): { place: Place; faults: Fault[] } {
  let { standing, misstated, lots } = from;
  const faults = entries.flatMap((entry) => {
    const lapsed = driftOfExpiry(entry, standing, lots);
    lots = lots && followLots(lots, entry);
    standing = {
      seq: standing.seq + 1,
      balance: standing.balance + entry.delta_ucr,
      held: standing.held + entry.held_delta_ucr,
      link: nextLink(standing.link, entry),
    };
    const off = { balance: entry.balance_after_ucr - standing.balance, held: entry.held_after_ucr - standing.held };
    const { streak, faults: unexplained } = continued(misstated, entry, off, aboutHolds.includes(entry.type));
    misstated = streak;
    return [...unexplained, ...driftOfEntry(entry, standing), ...lapsed, ...broken(standing, marks)];
  });
  return { place: { standing, misstated, lots }, faults };
}

/** A mark that the entries do not lead to. */
export const broken = ({ seq, link }: Standing, marks: readonly Mark[]): Fault[] =>
  marks
    .filter((mark) => mark.seq === seq && mark.link !== link)
    .map(() => ['I11', `the entries up to ${seq} are not those that were sealed or checked`]);

function driftOfEntry(entry: EntryRecord, { seq, balance, held }: Standing): Fault[] {
  const { _id: id, type } = entry;
  const otherSide = otherSideOf[type];
  const hasOtherSide = (entry.counterparty ?? undefined) === otherSide && (otherSide || entry.delta_ucr === 0n);
  const hasDigest = !requested.includes(type) || Boolean(entry.request_hash);
  return [
    ...unless(entry.seq === seq, 'I7', `${id} has a number out of order`),
    ...unless(0n <= held && held <= balance, 'I3', `after ${id} held is not between nothing and the balance`),
    ...unless(Boolean(hasOtherSide), 'I8', `${id} moves credits from or to nowhere`),
    ...unless(hasDigest, 'I9', `${id} does not say which request made it`),
    ...unless(!aboutHolds.includes(type) || Boolean(entry.hold_id), 'I12', `${id} names no hold`),
  ];
}

/** An expiry takes what is left of credits whose time has come, and nothing that is held. */
function driftOfExpiry(entry: EntryRecord, { held }: Standing, lots: readonly CreditLot[] | undefined): Fault[] {
  if (entry.type !== 'expiry') return [];
  const most = lots && takeable(lots, held, entry.at).find(({ lot }) => lot.entry_id === entry.expiry_of)?.amount;
  const isRight = entry.delta_ucr < 0n && Boolean(entry.expiry_of) && (!lots || -entry.delta_ucr <= (most ?? 0n));
  return unless(isRight, 'I14', `${entry._id} takes back something else than what has expired`);
}
