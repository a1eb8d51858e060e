import { beyond } from './hold.js';
import type { HoldRecord } from './hold.schema.js';

/** The part of a hold that says what may still be used on it. */
export type PromisedHold = Pick<HoldRecord, '_id' | 'state' | 'amount_ucr' | 'promised_ucr' | 'caps'>;

/** What the open holds of one account were promised beyond their amounts, as it stands in one transaction. */
export class OpenPromises {
  private readonly open = new Map<string, PromisedHold>();

  /** Takes in a hold as it is now. */
  note(hold: PromisedHold): void {
    if (hold.state === 'held') this.open.set(hold._id, hold);
    else this.open.delete(hold._id);
  }

  /** Credits that are neither held nor free. Under a cap, those of the holds that count there. */
  beyond(capId?: string): bigint {
    let sum = 0n;
    for (const { amount_ucr: amount, promised_ucr: promised = amount, caps = [] } of this.open.values())
      if (capId === undefined || caps.includes(capId)) sum += beyond(promised, amount);
    return sum;
  }
}
