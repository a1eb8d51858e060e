import { beyond, billable, isSettledLate, writtenOff } from '../holds/hold.js';
import type { HoldRecord } from '../holds/hold.schema.js';
import type { EntryRecord } from '../ledger/ledger-entry.schema.js';
import type { EntryType } from '../ledger/posting.js';
import type { Rates } from '../prices/cost.js';
import { type Fault, sum, unless } from './drift.js';

/** A hold with everything that was written about it, and the price version that it was made with. */
export interface HoldBooks {
  hold: HoldRecord;
  /** In the order of their numbers. */
  entries: readonly EntryRecord[];
  rates: Rates | undefined;
}

/** Compares a hold with its entries, and what it was charged with what its usage costs. */
export function driftOfHold(books: HoldBooks): Fault[] {
  const { hold } = books;
  return [
    ...driftOfLife(books),
    ...driftOfNames(books),
    ...driftOfAmounts(books),
    ...unless(isBilledRight(books), 'I5', `${hold._id} was charged something else than its usage costs`),
  ];
}

/** The closing entry that belongs to each state. */
const closingOf: Partial<Record<HoldRecord['state'], EntryType>> = {
  ...({ settled: 'settle', released: 'release', expired: 'expire', late: 'expire' } as const),
};
const closings: readonly EntryType[] = ['settle', 'release', 'expire'];

function driftOfLife({ hold, entries }: HoldBooks): Fault[] {
  const { _id: id, state } = hold;
  const opened = entries.filter(({ type }) => type === 'hold');
  const closed = entries.filter(({ type }) => closings.includes(type));
  const lateSettlements = entries.filter(({ type }) => type === 'late');
  const byService = entries.every(({ type, actor }) => type === 'refund' || actor.startsWith('svc:'));
  const byItsOwn = Boolean(hold.service) && opened.every(({ actor }) => actor === `svc:${hold.service}`);
  const isClosedAsItSays = closed.length === 0 || closed.some(({ type }) => type === closingOf[state]);
  return [
    ...unless(
      opened.length < 2 && closed.length < 2 && lateSettlements.length < 2,
      'I4',
      `${id} was opened or closed twice`,
    ),
    ...unless(opened.length > 0, 'I12', `${id} has no entry that opens it`),
    ...unless(closed.length > 0 === state in closingOf, 'I12', `${id} and the entry that closes it disagree`),
    ...unless(isClosedAsItSays, 'I12', `${id} was closed in another way than it says`),
    ...unless(lateSettlements.length > 0 === isSettledLate(hold), 'I12', `${id} and its late settlement disagree`),
    ...unless(byService && byItsOwn, 'I12', `${id} was not made and ended by services`),
    ...unless(
      entries.every(({ account_id }) => account_id === hold.account_id),
      'I12',
      `${id} was written on another account`,
    ),
  ];
}

function driftOfNames({ hold, entries }: HoldBooks): Fault[] {
  const { _id: id } = hold;
  const isNamed = ({ _id, type }: EntryRecord): boolean => {
    if (type === 'hold') return _id === `hold:${id}`;
    if (type === 'late') return _id === `late:${id}`;
    if (type === 'top_up') return _id.startsWith(`prog:${id}:`) && /^\d+$/.test(_id.slice(`prog:${id}:`.length));
    return closings.includes(type) ? _id === `close:${id}` : type === 'refund';
  };
  const settling = entries.filter(({ type }) => type === 'settle' || type === 'late');
  const isSettledAsAsked = settling.every(({ request_hash }) => request_hash === hold.settle_hash);
  return [
    ...unless(entries.every(isNamed), 'I9', `${id} has an entry whose name is not made of it`),
    ...unless(Boolean(hold.request_hash) && isSettledAsAsked, 'I9', `${id} does not say which requests it answers`),
  ];
}

function driftOfAmounts({ hold, entries }: HoldBooks): Fault[] {
  const { _id: id, amount_ucr: amount, charged_ucr: charged, released_ucr: released } = hold;
  const own = entries.filter(({ type }) => type !== 'refund');
  const setAside = own.filter(({ type }) => type === 'hold' || type === 'top_up');
  const closed = own.filter(({ type }) => closings.includes(type));
  const isHeldRight =
    sum(setAside, 'held_delta_ucr') === amount && (closed.length === 0 || sum(closed, 'held_delta_ucr') === -amount);
  const lateSettlements = own.filter(({ type }) => type === 'late');
  const atClosing = charged + sum(lateSettlements, 'delta_ucr');
  const addsUp = atClosing > amount ? released === 0n : atClosing + released === amount;
  const refunded = sum(
    entries.filter(({ type }) => type === 'refund'),
    'delta_ucr',
  );
  const isPromisedRight = hold.promised_ucr === undefined || hold.promised_ucr >= hold.opening.amount_ucr;
  return [
    ...unless(isPromisedRight, 'I2', `${id} was promised less than was set aside for it at first`),
    ...unless(isHeldRight, 'I2', `${id} set aside something else than it says`),
    ...unless(-sum(own, 'delta_ucr') === charged, 'I5', `${id} was charged something else than it says`),
    ...unless(refunded <= charged, 'I5', `${id} was given back more than it was charged`),
    ...unless(
      !(hold.state in closingOf) || addsUp,
      'I6',
      `${id} was charged and released something else than was held`,
    ),
  ];
}

/**
 * I5 computed anew, with the function that bills. Whether output before an upstream error is charged was the
 * installation's choice at the time, so a hold may follow either rule, but its write-off must follow the same one.
 */
function isBilledRight({ hold, entries, rates }: HoldBooks): boolean {
  const { state, charged_ucr: charged, uncollected_ucr: uncollected, usage, outcome } = hold;
  if (entries.some(({ price_id }) => price_id && price_id !== hold.price_id)) return false;
  if (state === 'expired') return charged === hold.used_ucr && uncollected === 0n;
  if (state !== 'settled' && !isSettledLate(hold)) return charged === 0n && uncollected === 0n;
  if (!rates || !usage || !outcome) return false;
  const settled = { streaming_session_id: hold._id, usage, outcome };
  const atExpiry = -sum(
    entries.filter(({ type }) => type === 'expire'),
    'delta_ucr',
  );
  const borne = sum(entries, 'written_off_ucr');
  return [true, false].some((chargesUpstreamErrors) => {
    const bill = billable(settled, rates, chargesUpstreamErrors);
    // A late settlement returns nothing of what the expiry charged.
    const owed = bill > atExpiry ? bill : atExpiry;
    const ours = beyond(writtenOff(settled, rates, chargesUpstreamErrors), atExpiry);
    return charged + uncollected === owed && borne === ours;
  });
}
