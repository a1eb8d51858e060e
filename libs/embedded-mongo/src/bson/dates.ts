import { MongoError } from '../errors/mongo-error.js';

const notComputed = () =>
  new MongoError(
    'CommandNotSupported',
    'computing with a date beyond the years that JavaScript knows is not supported',
  );

/** A date beyond JavaScript's range: it is kept, compared and given back, and nothing is computed from it. */
export class FarDate extends Date {
  constructor(readonly millis: bigint) {
    super(NaN);
  }

  /** As near as a double comes to it; still in order with all other dates. */
  override getTime(): number {
    return Number(this.millis);
  }

  override toISOString(): string {
    throw notComputed();
  }
}

const LAST_MILLISECOND = 8_640_000_000_000_000n;

/** The date so many milliseconds after 1970: any int64. */
export const dateAt = (millis: bigint): Date =>
  millis > LAST_MILLISECOND || millis < -LAST_MILLISECOND ? new FarDate(millis) : new Date(Number(millis));

/** @throws MongoError for a result that has left JavaScript's range */
export function millisOf(date: Date): bigint {
  if (date instanceof FarDate) return date.millis;
  const time = date.getTime();
  if (Number.isNaN(time)) throw notComputed();
  return BigInt(Math.trunc(time));
}

/** The same date, as one that can be computed with. @throws MongoError for one beyond JavaScript's range */
export function nearDate(date: Date): Date {
  if (date instanceof FarDate) throw notComputed();
  return date;
}
