import { createHash } from 'node:crypto';
import type { Db, Document } from 'mongodb';

/** What the books are expected to be beside sound. */
export interface Expected {
  /** Nothing is going on: no hold may be open (I10). */
  quiescent?: boolean;
}

/**
 * The ledger's invariants over a whole database (longs must arrive as bigints), in words of their own: nothing here is shared with
 * the code that is checked. I1: a balance is the sum of its entries. I2: what is held is the sum of the open holds.
 * I3: 0 <= held <= balance. I4: a hold is closed at most once, and exactly once when its state says so. I5: charged and uncollected
 * are what the usage costs at the pinned price. I6: charged and released are what was held. I7: the entries of an account are
 * numbered without gaps, and each follows from the one before. I8: all accounts and counterparties come to nothing. I9: entries are
 * named after their holds. I10, when asked for: no hold is open. I11: the sealed entries are still those. I12: entries and holds
 * belong together, made by services. I13: the caps of members have counted their holds. I14: what was taken back had expired, was not
 * spent and was not held. I15: what a rule gave has one entry of the same amount, and the reverse.
 *
 * @returns one sentence for each fault
 */
export const findFaults = async (db: Db, expected?: Expected): Promise<string[]> =>
  faultsIn(await readBooks(db), expected);

/** Everything that the books consist of; the entries of each account in their order. */
export type Books = Record<'accounts' | 'holds' | 'caps' | 'prices' | 'gifts' | 'heads' | 'entries', Document[]>;

export async function readBooks(db: Db): Promise<Books> {
  const all = (name: string) => db.collection(name).find().toArray();
  const names = ['credit_accounts', 'credit_holds', 'member_caps', 'price_versions', 'credit_rule_grants'];
  const [accounts = [], holds = [], caps = [], prices = [], gifts = []] = await Promise.all(names.map(all));
  // Heads before entries: what is sealed was written before.
  const heads = await all('chain_heads');
  const entries = await db.collection('credit_entries').find().sort({ account_id: 1, seq: 1 }).toArray();
  return { accounts, holds, caps, prices, gifts, heads, entries };
}

export function faultsIn(books: Books, { quiescent = false }: Expected = {}): string[] {
  const { accounts, holds, caps, prices, gifts, heads, entries } = books;
  const [ofAccount, ofHold] = [groupBy(entries, 'account_id'), groupBy(entries, 'hold_id')];
  const [holdsOf, priceOf] = [groupBy(holds, 'account_id'), groupBy(prices, '_id')];
  const known = new Set(holds.map(({ _id }) => String(_id)));
  return [
    ...accounts.flatMap((account) => faultsOfAccount(account, ofAccount(account._id), holdsOf(account._id))),
    ...holds.flatMap((hold) => faultsOfHold(hold, ofHold(hold._id))),
    ...holds.flatMap((hold) => faultsOfCharge(hold, ofHold(hold._id), priceOf(hold.price_id)[0])),
    ...faultsOfOwnership(accounts, entries),
    ...entries.flatMap((entry) => faultsOfEntry(entry, known)),
    ...faultsOfConservation(accounts, entries),
    ...heads.flatMap((head) => faultsOfChain(head, ofAccount(head._id))),
    ...caps.flatMap((cap) => faultsOfCap(cap, holds)),
    ...faultsOfGifts(gifts, entries),
    ...(quiescent ? holds.filter(({ state }) => state === 'held') : []).map(
      ({ _id }) => `I10 ${String(_id)}: it is still open`,
    ),
  ];
}

function faultsOfAccount(account: Document, entries: Document[], holds: Document[]): string[] {
  const open = holds.filter(({ state }) => state === 'held');
  const { balance_ucr: balance, held_ucr: held } = account as { balance_ucr: bigint; held_ucr: bigint };
  return [
    ...check(balance === sum(entries, 'delta_ucr'), `I1 ${account._id}: the balance is not the sum of its entries`),
    ...check(held === sum(open, 'amount_ucr'), `I2 ${account._id}: held is not the sum of the open holds`),
    ...check(held === sum(entries, 'held_delta_ucr'), `I2 ${account._id}: held is not the sum of its entries`),
    ...check(Number(account.open_holds) === open.length, `I2 ${account._id}: open holds are counted wrongly`),
    ...check(0n <= held && held <= balance, `I3 ${account._id}: not 0 <= held <= balance`),
    ...check(Number(account.seq) === entries.length, `I7 ${account._id}: the last number is not the count of entries`),
    ...faultsOfSequence(entries),
    ...faultsOfExpiries(entries),
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

/**
 * Each credit for itself, in the plainest way: what is spent comes off the credits that end first, and an expiry takes of its own
 * what those that end no later do not owe to the holds.
 */
function faultsOfExpiries(entries: Document[]): string[] {
  const left = new Map<string, { end: number; amount: bigint }>();
  let held = 0n;
  return entries.flatMap((entry) => {
    const { _id, type, delta_ucr: delta, expires_at: end, expiry_of: of } = entry as Document & { delta_ucr: bigint };
    const inOrder = [...left].sort(([, a], [, b]) => a.end - b.end);
    if (type === 'expiry') {
      const own = left.get(String(of));
      const upTo = inOrder.slice(0, inOrder.findIndex(([id]) => id === of) + 1);
      const most = upTo.reduce((total, [, { amount }]) => total + amount, -held);
      if (own) own.amount += delta;
      const isRight = own && delta < 0n && own.amount >= 0n && -delta <= most && own.end <= Number(entry.at);
      return check(Boolean(isRight), `I14 ${_id}: it takes back what had not expired, or was spent or held`);
    }
    held += entry.held_delta_ucr as bigint;
    if (delta > 0n && end) left.set(String(_id), { end: Number(end), amount: delta });
    let rest = delta < 0n ? -delta : 0n;
    for (const [, credit] of inOrder) {
      const part = rest < credit.amount ? rest : credit.amount;
      credit.amount -= part;
      rest -= part;
    }
    return [];
  });
}

function faultsOfHold(hold: Document, own: Document[]): string[] {
  const opened = own.filter(({ type }) => type === 'hold').length;
  const closed = own.filter(({ _id }) => String(_id) === `close:${hold._id}`).length;
  const late = own.filter(({ _id }) => String(_id) === `late:${hold._id}`).length;
  const isOpen = hold.state === 'held';
  const charged = -sum(ofType(own, ...ends, 'hold', 'top_up'), 'delta_ucr');
  const held = sum(ofType(own, 'hold', 'top_up'), 'held_delta_ucr');
  const drawn = -sum(ofType(own, 'late'), 'delta_ucr');
  const byService = own.every(({ type, actor }) => type === 'refund' || String(actor).startsWith('svc:'));
  return [
    ...check(opened === 1, `I4 ${hold._id}: opened ${opened} times`),
    ...check(closed === (isOpen ? 0 : 1), `I4 ${hold._id}: closed ${closed} times`),
    ...check(ofType(own, 'settle', 'release', 'expire').length === closed, `I9 ${hold._id}: closed by another name`),
    ...check(late === (hold.state === 'late' ? 1 : 0), `I4 ${hold._id}: closed late ${late} times`),
    ...check(
      (hold.promised_ucr ?? hold.opening.amount_ucr) >= hold.opening.amount_ucr,
      `I2 ${hold._id}: it was promised less than it held at first`,
    ),
    ...check(held === hold.amount_ucr, `I2 ${hold._id}: its entries hold something else`),
    ...check(isOpen || addsUp(hold, drawn), `I6 ${hold._id}: charged and released are not what was held`),
    ...check(charged === hold.charged_ucr, `I4 ${hold._id}: its entries charge something else than it says`),
    ...check(byService && Boolean(hold.service), `I12 ${hold._id}: somebody else than a service made or ended it`),
  ];
}

const ends = ['settle', 'release', 'expire', 'late'];

/** An entry about a hold has one on the same account, and is named after it. */
function faultsOfEntry({ _id, type, hold_id: holdId }: Document, known: ReadonlySet<string>): string[] {
  if (![...ends, 'hold', 'top_up'].includes(type)) return [];
  const prefix = { hold: 'hold', top_up: 'prog', late: 'late' }[String(type)] ?? 'close';
  const [name, rest] = [String(_id), `${prefix}:${holdId}`];
  return [
    ...check(known.has(String(holdId)), `I12 ${name}: its hold is not there`),
    ...check(type === 'top_up' ? name.startsWith(`${rest}:`) : name === rest, `I9 ${name}: not named after ${holdId}`),
  ];
}

/** Whoever chose then who pays for an upstream error: what was charged and what was borne follow the same choice. */
function faultsOfCharge(hold: Document, own: Document[], price: Document | undefined): string[] {
  const { charged_ucr: charged, uncollected_ucr: uncollected, usage, outcome, state } = hold;
  const owed = (charged as bigint) + (uncollected as bigint);
  if (state === 'expired') return check(owed === hold.used_ucr, `I5 ${hold._id}: charged something else than was used`);
  if (state !== 'settled' && state !== 'late') return check(owed === 0n, `I5 ${hold._id}: charged without usage`);
  if (!price || !usage) return [`I5 ${hold._id}: nothing says what it cost`];
  const borne = own.reduce((total, { written_off_ucr: part }) => total + ((part as bigint | undefined) ?? 0n), 0n);
  const before = -sum(ofType(own, 'expire'), 'delta_ucr');
  const worth = worthOf(usage, price);
  const hasOutput = BigInt(usage.output_tokens) > 0n;
  const isFree = outcome === 'failed' && !hasOutput;
  const bills: [bigint, bigint][] = [
    isFree ? [0n, 0n] : [worth, 0n],
    ...(outcome === 'failed' && hasOutput ? [[0n, worth > before ? worth - before : 0n] as [bigint, bigint]] : []),
  ];
  const isRight = bills.some(([bill, ours]) => borne === ours && owed === (bill > before ? bill : before));
  return check(isRight, `I5 ${hold._id}: charged ${owed} and bore ${borne} for what costs ${worth}`);
}

/** Tokens times rates, all of them together rounded up once, and the call itself. */
function worthOf(usage: Document, price: Document): bigint {
  const count = (name: string) => BigInt((usage[name] as number | bigint | undefined) ?? 0);
  const [read, written] = [count('cache_read_tokens'), count('cache_write_tokens')];
  const millionths =
    (count('input_tokens') - read - written) * price.input_ucr_per_mtok +
    read * price.cache_read_ucr_per_mtok +
    written * price.cache_write_ucr_per_mtok +
    count('output_tokens') * price.output_ucr_per_mtok;
  const whole = millionths / 1_000_000n;
  return (whole * 1_000_000n === millionths ? whole : whole + 1n) + price.per_call_ucr;
}

/** I8: what accounts own was issued, less what they paid. */
function faultsOfConservation(accounts: Document[], entries: Document[]): string[] {
  const by = groupBy(entries, 'counterparty');
  const sides = ['sys:issuance', 'sys:revenue', 'sys:writeoff', 'sys:promotion', 'sys:expired'].map(
    (name) => -sum(by(name), 'delta_ucr'),
  );
  const total = sides.reduce((left, right) => left + right, sum(accounts, 'balance_ucr'));
  const stray = entries.filter(
    ({ delta_ucr: delta, counterparty }) =>
      delta !== 0n && !/^sys:(issuance|revenue|writeoff|promotion|expired)$/.test(counterparty),
  );
  return [
    ...check(total === 0n, `I8 all accounts and counterparties come to ${total}`),
    ...stray.map(({ _id }) => `I8 ${_id}: it moves credits from or to nowhere`),
  ];
}

/** I11: the hash of a sealed account is that of its entries, each with the one before. */
function faultsOfChain({ _id, seq, hash }: Document, entries: Document[]): string[] {
  const sealed = entries.slice(0, Number(seq));
  const link = sealed.reduce(
    (before, entry) => sha256(`${before}\n${sha256(canonical(sealedPart(entry)))}`),
    '0'.repeat(64),
  );
  return check(
    sealed.length === Number(seq) && link === hash,
    `I11 ${_id}: the entries are not those that were sealed`,
  );
}

const sealedNames = [
  ...['_id', 'account_id', 'seq', 'type', 'delta_ucr', 'held_delta_ucr', 'balance_after_ucr', 'held_after_ucr'],
  ...['hold_id', 'price_id', 'counterparty', 'reason', 'actor', 'usage', 'outcome', 'request_hash', 'written_off_ucr'],
  ...['refund_of', 'expiry_of', 'rule_id'],
];
const sealedPart = (entry: Document): Document => ({
  ...Object.fromEntries(sealedNames.map((name) => [name, entry[name]])),
  at: (entry.at as Date).toISOString(),
  ...(entry.expires_at ? { expires_at: (entry.expires_at as Date).toISOString() } : {}),
  ...(entry.correction ? { correction: sealedCorrection(entry.correction) } : {}),
});
function sealedCorrection({ before, after, caps }: Document): Document {
  const figures = ['held_before_ucr', 'held_after_ucr', 'spent_before_ucr', 'spent_after_ucr'];
  const records = (caps as Document[] | undefined)?.map((cap) => ['cap_id', ...figures].map((name) => cap[name]));
  return { before, after, ...(records?.length ? { caps: records } : {}) };
}
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
/** JSON with sorted names, without what is not there, and with longs as numbers. */
function canonical(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'number') return String(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const written = members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `"${name}":${canonical(member)}`);
  return `{${written.join()}}`;
}

/**
 * What a member has held under a cap is the sum of their open holds that count there. What is counted as spent is what was charged in
 * the cap's window: all of the holds that began in it, and at most also what began before.
 */
function faultsOfCap(cap: Document, holds: Document[]): string[] {
  const own = holds.filter(({ caps }) => (caps as unknown[] | undefined)?.includes(cap._id));
  const open = own.filter(({ state }) => state === 'held');
  const began = ({ opening, ttl_seconds: ttl }: Document) => Number(opening.expires_at) - Number(ttl) * 1_000;
  const window = Date.parse(String(cap.window).padEnd('yyyy-mm-dd'.length, '-01'));
  const least = sum(
    own.filter((hold) => began(hold) >= window),
    'charged_ucr',
  );
  const isSpent = least <= cap.spent_ucr && cap.spent_ucr <= sum(own, 'charged_ucr');
  return [
    ...check(cap.held_ucr === sum(open, 'amount_ucr'), `I2 ${cap._id}: held is not the sum of the open holds`),
    ...check(isSpent, `I13 ${cap._id}: ${cap.spent_ucr} are counted as spent, and not ${least}`),
  ];
}

function faultsOfGifts(gifts: Document[], entries: Document[]): string[] {
  const given = entries.filter(({ rule_id }) => rule_id).map(({ _id, delta_ucr }) => `${_id} ${delta_ucr}`);
  const named = gifts
    .filter(({ amount_ucr }) => amount_ucr !== 0n)
    .map(({ _id, amount_ucr }) => `${_id} ${amount_ucr}`);
  return check(given.sort().join() === named.sort().join(), 'I15 what rules gave is not what the entries say');
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

function groupBy(records: Document[], name: string): (value: unknown) => Document[] {
  const groups = new Map<string, Document[]>();
  for (const record of records) {
    const group = groups.get(String(record[name]));
    if (group) group.push(record);
    else groups.set(String(record[name]), [record]);
  }
  return (value) => groups.get(String(value)) ?? [];
}
const ofType = (entries: Document[], ...types: string[]): Document[] =>
  entries.filter(({ type }) => types.includes(String(type)));
const sum = (records: Document[], field: string): bigint =>
  records.reduce((total, record) => total + (record[field] as bigint), 0n);
const check = (isSound: boolean, fault: string): string[] => (isSound ? [] : [fault]);
