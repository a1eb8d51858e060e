/** The invariants of the ledger that stored data can show, each under the number that its design gives it. */
export const invariants = [
  ...(['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9'] as const),
  ...(['I10', 'I11', 'I12', 'I13', 'I14'] as const),
] as const;
export type Invariant = (typeof invariants)[number];

/** What does not add up, by the number of the invariant that it breaks. */
export interface Drift {
  account_id: string;
  invariant: Invariant;
  detail: string;
}

/** Stands in for the account when the books as a whole do not add up. */
export const allAccounts = 'sys:ledger';

/** One finding, before it is known whose. */
export type Fault = readonly [Invariant, string];

export const unless = (isSound: boolean, invariant: Invariant, detail: string): Fault[] =>
  isSound ? [] : [[invariant, detail]];

export const toDrift = (accountId: string, faults: readonly Fault[]): Drift[] =>
  faults.map(([invariant, detail]) => ({ account_id: accountId, invariant, detail }));

/** Each finding once: a hold is looked at again with every page of entries that touches it. */
export const distinct = (faults: readonly Fault[]): Fault[] => [
  ...new Map(faults.map((fault) => [fault.join(' '), fault])).values(),
];

export const sum = <Name extends string>(records: readonly { [name in Name]?: bigint }[], name: Name): bigint =>
  records.reduce((total, record) => total + (record[name] ?? 0n), 0n);
