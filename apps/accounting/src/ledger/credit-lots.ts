import type { EntryType } from './posting.js';

/** What is left of credits that were given with an end. Amounts in micro-credits. */
export interface CreditLot {
  /** The entry that gave them. */
  entry_id: string;
  expires_at: Date;
  left_ucr: bigint;
  /** How often something of them was taken back. */
  taken: number;
}

/** The part of an entry that counts here. */
export interface CreditLine {
  _id: string;
  type: EntryType;
  delta_ucr: bigint;
  expires_at?: Date | undefined;
  /** Of an expiry: the entry that gave what it takes back. */
  expiry_of?: string | undefined;
}

/** What is to be taken back of one lot. */
export interface ExpiredPart {
  lot: CreditLot;
  amount: bigint;
}

/**
 * The lots after one more entry, in the order in which they expire. Whatever is spent comes off what expires first, also where its
 * time has come and nobody has taken it back yet; so the entries of an account alone say what is left of each lot.
 */
export function followLots(lots: readonly CreditLot[], line: CreditLine): readonly CreditLot[] {
  const { type, delta_ucr: delta, expires_at } = line;
  if (type === 'expiry') return takenBack(lots, line);
  if (delta > 0n)
    return expires_at ? inOrder(lots, { entry_id: line._id, expires_at, left_ucr: delta, taken: 0 }) : lots;
  return delta < 0n ? spent(lots, -delta) : lots;
}

/**
 * What can be taken back now: what has expired, without what holds have set aside. A hold is counted as if it were spent, so it
 * covers what expires first; once it is released, the rest can be taken too.
 */
export function takeable(lots: readonly CreditLot[], heldUcr: bigint, now: Date): ExpiredPart[] {
  let held = heldUcr;
  const parts: ExpiredPart[] = [];
  for (const lot of lots) {
    const reserved = held < lot.left_ucr ? held : lot.left_ucr;
    held -= reserved;
    const amount = lot.left_ucr - reserved;
    if (lot.expires_at <= now && amount > 0n) parts.push({ lot, amount });
  }
  return parts;
}

const inOrder = (lots: readonly CreditLot[], lot: CreditLot): CreditLot[] =>
  // A stable sort: of those with one time the first that was given stays first.
  [...lots, lot].sort((a, b) => a.expires_at.getTime() - b.expires_at.getTime());

function spent(lots: readonly CreditLot[], amount: bigint): CreditLot[] {
  let rest = amount;
  return lots.flatMap((lot) => {
    const part = rest < lot.left_ucr ? rest : lot.left_ucr;
    rest -= part;
    return part < lot.left_ucr ? [{ ...lot, left_ucr: lot.left_ucr - part }] : [];
  });
}

const takenBack = (lots: readonly CreditLot[], { expiry_of, delta_ucr: delta }: CreditLine): CreditLot[] =>
  lots.flatMap((lot) => {
    if (lot.entry_id !== expiry_of) return [lot];
    const left = lot.left_ucr + delta;
    return left > 0n ? [{ ...lot, left_ucr: left, taken: lot.taken + 1 }] : [];
  });
