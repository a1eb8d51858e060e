import type { Mark } from '../chain/chain-link.js';
import type { HoldRecord } from '../holds/hold.schema.js';
import type { AccountRecord } from '../ledger/account.schema.js';
import type { EntryRecord } from '../ledger/ledger-entry.schema.js';
import { driftOfAccount, driftOfOpenHolds } from './account-drift.js';
import { distinct, type Fault, unless } from './drift.js';
import { beginning, broken, follow, type Place, type Standing } from './entry-drift.js';
import type { AuditedHold } from './holds-audit.service.js';
import { deviation, isExplainedBy } from './misstatement.js';

/** Where an audit of one account begins. */
export interface Start {
  /** Up to where an earlier audit found everything in order. */
  from?: Standing;
  /** Links that were written down elsewhere. */
  marks?: readonly Mark[];
}

/** How far the entries of one account have been read, and what has been found so far. */
export interface Walk {
  place: Place;
  /** The number of the last entry read. It differs from the standing's where numbers are missing. */
  lastSeq: number;
  marks: readonly Mark[];
  entries: number;
  faults: Fault[];
  caps: ReadonlySet<string>;
}

export interface AuditedAccount {
  account: AccountRecord;
  /** What its entries come to. */
  standing: Standing;
  open: readonly HoldRecord[];
  /** How many entries were read. */
  entries: number;
  /** The member caps under which the holds that were looked at count. */
  caps: ReadonlySet<string>;
  /** What is wrong in the entries, the holds and the chain, which no change of the account can put right. */
  inBooks: Fault[];
  /** Where only the account is wrong, and its last entries repeat its figures. */
  inAccount: Fault[];
}

export const beginWalk = ({ from = beginning, marks = [] }: Start): Walk => ({
  place: { standing: from, lots: from.seq === 0 ? [] : undefined },
  lastSeq: from.seq,
  marks,
  entries: 0,
  faults: broken(from, marks),
  caps: new Set(),
});

/** The ids of the open holds and of those that these entries are about. */
export const touchedBy = (entries: readonly EntryRecord[], open: readonly HoldRecord[]): string[] => [
  ...new Set([...entries.flatMap(({ hold_id }) => hold_id ?? []), ...open.map(({ _id }) => _id)]),
];

/**
 * Continues over the next entries of the account.
 * @param touched the ids of the holds that these entries and the account's end touch
 * @param holds those of them that exist
 */
export function continueWalk(
  walk: Walk,
  entries: readonly EntryRecord[],
  touched: readonly string[],
  holds: ReadonlyMap<string, AuditedHold>,
): Walk {
  const { place, faults } = follow(walk.place, entries, walk.marks);
  const missing = touched.flatMap((id) => unless(holds.has(id), 'I12', `${id} has entries and is not there`));
  const found = touched.flatMap((id) => holds.get(id) ?? []);
  return {
    place,
    lastSeq: entries.at(-1)?.seq ?? walk.lastSeq,
    marks: walk.marks,
    entries: walk.entries + entries.length,
    faults: [...walk.faults, ...faults, ...missing, ...found.flatMap((hold) => hold.faults)],
    caps: new Set([...walk.caps, ...found.flatMap(({ hold }) => hold.caps ?? [])]),
  };
}

/** Compares the account with what all its entries come to. */
export function endWalk(walk: Walk, account: AccountRecord, open: readonly HoldRecord[]): AuditedAccount {
  const { place, marks, entries, caps } = walk;
  const { standing, misstated } = place;
  const isWhole = marks.every(({ seq }) => seq <= standing.seq);
  const right = { balance_ucr: standing.balance, held_ucr: standing.held };
  const isCarried = misstated && isExplainedBy(misstated, deviation(account, right));
  const inBooks = distinct([
    ...walk.faults,
    ...(misstated && !isCarried ? misstated.faults : []),
    ...unless(isWhole, 'I11', 'entries that were sealed or checked are gone'),
    ...driftOfOpenHolds(standing, open),
  ]);
  const inAccount = [...driftOfAccount(account, standing, open), ...(isCarried ? misstated.faults : [])];
  return { account, standing, open, entries, caps, inBooks, inAccount };
}
