import type { Records, StoredAccount, StoredEntry } from './records.js';

const check = (isSound: boolean, fault: string): string[] => (isSound ? [] : [fault]);

/**
 * An account at rest: nothing is held, its entries are numbered without gaps and each follows from the one before, and its
 * balance is what was given and refunded less what was charged. @returns one sentence for each fault
 */
export function faultsOfAccounts({ accounts, entries, holds }: Records, given: ReadonlyMap<string, bigint>): string[] {
  return accounts.flatMap((account) => {
    const own = entries.filter(({ account_id: id }) => id === account._id).sort((a, b) => a.seq - b.seq);
    const charged = holds
      .filter(({ account_id: id }) => id === account._id)
      .reduce((sum, { charged_ucr: amount }) => sum + amount, 0n);
    const expected = (given.get(account._id) ?? 0n) - charged;
    return [
      ...check(account.held_ucr === 0n && account.open_holds === 0, `${account.held_ucr} ucr are still held`),
      ...check(account.balance_ucr === expected, `its balance is ${account.balance_ucr}, not ${expected}`),
      ...faultsOfEntries(account, own),
    ].map((fault) => `${account._id}: ${fault}`);
  });
}

function faultsOfEntries(account: StoredAccount, entries: readonly StoredEntry[]): string[] {
  let [balance, held] = [0n, 0n];
  const faults = entries.flatMap((entry, index) => {
    balance += entry.delta_ucr;
    held += entry.held_delta_ucr;
    const follows = entry.balance_after_ucr === balance && entry.held_after_ucr === held;
    return [
      ...check(entry.seq === index + 1, `entry ${entry._id} with number ${entry.seq} stands at place ${index + 1}`),
      ...check(follows, `entry ${entry._id} does not follow from the one before`),
      ...check(0n <= held && held <= balance, `after entry ${entry._id} it is not 0 <= held <= balance`),
    ];
  });
  return [
    ...faults,
    ...check(account.seq === entries.length, `its last number is ${account.seq} of ${entries.length} entries`),
    ...check(account.balance_ucr === balance && account.held_ucr === held, 'it is not the sum of its entries'),
  ];
}
