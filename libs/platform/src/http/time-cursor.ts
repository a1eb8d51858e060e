/** Where a list ends that is sorted by time and id, newest first. */
export interface TimeCursor {
  at: Date;
  id: string;
}

const form = /^(\d{1,15}):([A-Za-z0-9_-]{1,100})$/;

/** Opaque to clients: base64url of the time in milliseconds and the id of the last line shown. */
export const toTimeCursor = (at: Date, id: string): string =>
  Buffer.from(`${at.getTime()}:${id}`, 'latin1').toString('base64url');

/** @returns undefined for what `toTimeCursor` has not made */
export function readTimeCursor(cursor: string): TimeCursor | undefined {
  const [, ms, id] = form.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (ms === undefined || id === undefined || toTimeCursor(new Date(Number(ms)), id) !== cursor) return undefined;
  return { at: new Date(Number(ms)), id };
}

/** A filter for what comes after the cursor, for a sort by `{ [field]: -1, _id: -1 }`. */
export const before = (field: string, cursor: TimeCursor | undefined): object =>
  cursor ? { $or: [{ [field]: { $lt: cursor.at } }, { [field]: cursor.at, _id: { $lt: cursor.id } }] } : {};
