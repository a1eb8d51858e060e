import type { ClientSession, Model } from 'mongoose';
import { allTime, type CapPeriod, type MemberCapRecord } from './member-cap.schema.js';

/** What an operation counts under its caps: credits set aside (or freed, when negative), and credits charged. */
export interface CapMovement {
  held: bigint;
  charged: bigint;
}

type Standing = Pick<MemberCapRecord, '_id' | 'cap_ucr' | 'window' | 'spent_ucr' | 'held_ucr'> & { hasMoved?: boolean };

const formats: Record<CapPeriod, string> = { day: '%Y-%m-%d', month: '%Y-%m' };

/** The window of now, by the database's clock, as an expression. */
const nameOf = (period: CapPeriod) => ({ $dateToString: { format: formats[period], date: '$$NOW' } });
const inMonths = { $cond: [{ $eq: ['$period', 'month'] }, nameOf('month'), allTime] };
const current = { $cond: [{ $eq: ['$period', 'day'] }, nameOf('day'), inMonths] };

/** The caps of one transaction: as they stand in it, with everything that its operations have counted so far. */
export class CapStandings {
  /** By id; undefined where there is no such cap. */
  private readonly standings = new Map<string, Standing | undefined>();

  constructor(
    private readonly caps: Model<MemberCapRecord>,
    private readonly transaction: ClientSession,
  ) {}

  /** @returns those of the ids that there is a cap with */
  async known(capIds: readonly string[]): Promise<string[]> {
    return (await this.read(capIds)).map(({ _id }) => _id);
  }

  /** @param reserved what else is not to be had under a cap */
  async tightest(
    capIds: readonly string[],
    reserved: (capId: string) => bigint = () => 0n,
  ): Promise<bigint | undefined> {
    const left = (await this.read(capIds)).map((cap) => cap.cap_ucr - cap.spent_ucr - cap.held_ucr - reserved(cap._id));
    if (left.length === 0) return undefined;
    const least = left.reduce((lowest, ucr) => (ucr < lowest ? ucr : lowest));
    return least > 0n ? least : 0n;
  }

  async count(capIds: readonly string[], { held, charged }: CapMovement): Promise<void> {
    for (const cap of await this.read(capIds)) {
      cap.held_ucr += held;
      cap.spent_ucr += charged;
      cap.hasMoved = true;
    }
  }

  /** Nobody else can have changed a cap since it was read: the transaction would end in a conflict. */
  async write(): Promise<void> {
    for (const cap of this.standings.values()) {
      if (!cap?.hasMoved) continue;
      const { _id, spent_ucr, window, held_ucr } = cap;
      await this.caps.updateOne({ _id }, { $set: { spent_ucr, window, held_ucr } }, { session: this.transaction });
    }
  }

  private async read(capIds: readonly string[]): Promise<Standing[]> {
    const missing = capIds.filter((id) => !this.standings.has(id));
    if (missing.length > 0) await this.load(missing);
    return capIds.flatMap((id) => this.standings.get(id) ?? []);
  }

  /** What was spent in another window than that of now no longer counts. */
  private async load(capIds: readonly string[]): Promise<void> {
    for (const id of capIds) this.standings.set(id, undefined);
    const records = await this.caps.aggregate<Standing>(
      [
        { $match: { _id: { $in: capIds } } },
        { $set: { spent_ucr: { $cond: [{ $eq: ['$window', current] }, '$spent_ucr', 0] }, window: current } },
        { $project: { cap_ucr: 1, window: 1, spent_ucr: 1, held_ucr: 1 } },
      ],
      { session: this.transaction },
    );
    for (const record of records) this.standings.set(record._id, { ...record, ...bigints(record) });
  }
}

/** An aggregation's longs arrive as plain numbers, exact because no amount is beyond what JSON carries. */
const bigints = ({ cap_ucr, spent_ucr, held_ucr }: Pick<Standing, 'cap_ucr' | 'spent_ucr' | 'held_ucr'>) => ({
  cap_ucr: BigInt(cap_ucr),
  spent_ucr: BigInt(spent_ucr),
  held_ucr: BigInt(held_ucr),
});
