import type { EntryRecord } from '../ledger/ledger-entry.schema.js';

type Line = Pick<EntryRecord, '_id' | 'type' | 'delta_ucr' | 'refund_of'>;

/**
 * What can still be given back of a hold's charges, or of the one charge that is named. Refunds of the whole hold count
 * against each of its charges: together they never exceed what was taken.
 */
export function refundable(entries: readonly Line[], entryId?: string): bigint {
  const ofHold = charged(entries) - refunded(entries);
  if (entryId === undefined) return ofHold;
  const named = entries.filter(({ _id }) => _id === entryId);
  const ofEntry = charged(named) - refunded(entries.filter(({ refund_of }) => refund_of === entryId));
  return ofEntry < ofHold ? ofEntry : ofHold;
}

const charged = (entries: readonly Line[]): bigint =>
  entries.reduce((sum, { delta_ucr: delta }) => (delta < 0n ? sum - delta : sum), 0n);

const refunded = (entries: readonly Line[]): bigint =>
  entries.reduce((sum, { type, delta_ucr: delta }) => (type === 'refund' ? sum + delta : sum), 0n);
