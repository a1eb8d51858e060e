import type { Db, Document } from 'mongodb';

/**
 * The ledger's invariants over a whole database (longs must arrive as bigints). I1: a balance is the sum of its entries.
 * I2: what is held is the sum of the open holds. I3: 0 <= held <= balance. I4: a hold is closed at most once, and exactly once
 * when its state says so. I7: the entries of an account are numbered without gaps, and each follows from the one before.
 *
 * @returns one sentence for each fault
 */
export async function findFaults(db: Db): Promise<string[]> {
  const accounts = await db.collection('credit_accounts').find().toArray();
  const entries = await db.collection('credit_entries').find().sort({ account_id: 1, seq: 1 }).toArray();
  const holds = await db.collection('credit_holds').find().toArray();
  const caps = await db.collection('member_caps').find().toArray();
  return [
    ...accounts.flatMap((account) => faultsOfAccount(account, entries, holds)),
    ...holds.flatMap((hold) => faultsOfHold(hold, entries)),
    ...faultsOfOwnership(accounts, entries),
    ...caps.flatMap((cap) => faultsOfCap(cap, holds)),
  ];
}

function faultsOfAccount(account: Document, allEntries: Document[], allHolds: Document[]): string[] {
  const entries = allEntries.filter(({ account_id }) => account_id === account._id);
  const open = allHolds.filter(({ account_id, state }) => account_id === account._id && state === 'held');
  const { balance_ucr: balance, held_ucr: held } = account as { balance_ucr: bigint; held_ucr: bigint };
  return [
    ...check(balance === sum(entries, 'delta_ucr'), `I1 ${account._id}: the balance is not the sum of its entries`),
    ...check(held === sum(open, 'amount_ucr'), `I2 ${account._id}: held is not the sum of the open holds`),
    ...check(held === sum(entries, 'held_delta_ucr'), `I2 ${account._id}: held is not the sum of its entries`),
    ...check(Number(account.open_holds) === open.length, `I2 ${account._id}: open holds are counted wrongly`),
    ...check(0n <= held && held <= balance, `I3 ${account._id}: not 0 <= held <= balance`),
    ...check(Number(account.seq) === entries.length, `I7 ${account._id}: the last number is not the count of entries`),
    ...faultsOfSequence(entries),
  ];
}

function faultsOfSequence(entries: Document[]): string[] {
  let balance = 0n;
  let held = 0n;
  return entries.flatMap((entry, index) => {
    balance += entry.delta_ucr as bigint;
    held += entry.held_delta_ucr as bigint;
    const follows = entry.balance_after_ucr === balance && entry.held_after_ucr === held;
    return [
      ...check(Number(entry.seq) === index + 1, `I7 ${entry._id}: number ${entry.seq} stands at place ${index + 1}`),
      ...check(follows, `I7 ${entry._id}: it does not follow from the entry before`),
      ...check(0n <= held && held <= balance, `I3 ${entry._id}: not 0 <= held <= balance after it`),
    ];
  });
}

function faultsOfHold(hold: Document, entries: Document[]): string[] {
  const own = entries.filter(({ hold_id }) => hold_id === hold._id);
  const opened = own.filter(({ type }) => type === 'hold').length;
  const closed = own.filter(({ _id }) => String(_id) === `close:${hold._id}`).length;
  const late = own.filter(({ _id }) => String(_id) === `late:${hold._id}`).length;
  const isOpen = ['held', 'denied'].includes(hold.state);
  const charged = -sum(
    own.filter(({ type }) => type !== 'refund'),
    'delta_ucr',
  );
  const held = sum(
    own.filter(({ type }) => ['hold', 'top_up'].includes(type)),
    'held_delta_ucr',
  );
  const drawn = [...own].reduce((most, { type, delta_ucr: delta }) => (type === 'late' ? most - delta : most), 0n);
  return [
    ...check(opened === (hold.state === 'denied' ? 0 : 1), `I4 ${hold._id}: opened ${opened} times`),
    ...check(closed === (isOpen ? 0 : 1), `I4 ${hold._id}: closed ${closed} times`),
    ...check(late === (hold.state === 'late' ? 1 : 0), `I4 ${hold._id}: closed late ${late} times`),
    ...check(hold.state === 'denied' || held === hold.amount_ucr, `I2 ${hold._id}: its entries hold something else`),
    ...check(isOpen || addsUp(hold, drawn), `I6 ${hold._id}: charged and released are not what was held`),
    ...check(charged === hold.charged_ucr, `I4 ${hold._id}: its entries charge something else than it says`),
  ];
}

/** What a member has held under a cap is the sum of his open holds that count there. */
function faultsOfCap(cap: Document, holds: Document[]): string[] {
  const counted = holds.filter(
    ({ caps, state }) => state === 'held' && (caps as unknown[] | undefined)?.includes(cap._id),
  );
  return check(cap.held_ucr === sum(counted, 'amount_ucr'), `I2 ${cap._id}: held is not the sum of the open holds`);
}

function faultsOfOwnership(accounts: Document[], entries: Document[]): string[] {
  const known = new Set(accounts.map(({ _id }) => String(_id)));
  return entries.flatMap(({ _id, account_id }) => check(known.has(account_id), `I1 ${_id}: it has no account`));
}

/** I6: what was held is charged or given back; more than it is charged only when it was drawn from beside the hold. */
function addsUp(hold: Document, late: bigint): boolean {
  const { amount_ucr: amount, charged_ucr: charged, released_ucr: released } = hold as Record<string, bigint>;
  const atClosing = charged! - late;
  return atClosing > amount! ? released === 0n : atClosing + released! === amount;
}

const sum = (rows: Document[], field: string): bigint =>
  rows.reduce((total, row) => total + (row[field] as bigint), 0n);
const check = (isSound: boolean, fault: string): string[] => (isSound ? [] : [fault]);
