import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ApiKeyFacts } from '@parley/auth';
import type { ClientSession, Model } from 'mongoose';
import { type Attempt, LedgerTransactions } from '../transactions/ledger-transactions.js';
import { type CapMovement, CapStandings } from './cap-standings.js';
import {
  allTime,
  capIdOf,
  type CapPeriod,
  capPeriods,
  keyCapIdOf,
  memberCapCollection,
  type MemberCapRecord,
} from './member-cap.schema.js';

/**
 * Counts what members use of their organisation's credits. All of it happens inside the transaction of the hold, so a cap that
 * is reached stops an answer before it begins, not when it is settled. However many operations share the
 * transaction, each cap is read once in it and written once, at its end.
 */
@Injectable()
export class MemberCapsService {
  private readonly standings = new WeakMap<Attempt, CapStandings>();

  constructor(
    @InjectModel(memberCapCollection.name) private readonly caps: Model<MemberCapRecord>,
    private readonly transactions: LedgerTransactions,
  ) {}

  /** Sets a cap, or changes it; what is spent and held under it stays. */
  async put(orgId: string, userId: string, period: CapPeriod, capUcr: bigint): Promise<MemberCapRecord> {
    const fresh = { org_id: orgId, user_id: userId, period, window: '', spent_ucr: 0n, held_ucr: 0n };
    return this.caps
      .findOneAndUpdate(
        { _id: capIdOf(orgId, userId, period) },
        { $set: { cap_ucr: capUcr }, $setOnInsert: fresh },
        { upsert: true, returnDocument: 'after' },
      )
      .orFail()
      .exec();
  }

  /**
   * Writes down what an API key may spend, before the first time that it spends something.
   * @param uses whose account it is, and in whose name
   */
  async ensureOfKey({ id, capUcr }: ApiKeyFacts, uses: Pick<MemberCapRecord, 'user_id'> & { account_id: string }) {
    const _id = keyCapIdOf(id);
    if (capUcr === null || (await this.caps.exists({ _id, cap_ucr: BigInt(capUcr) }))) return;
    const org_id = uses.account_id.startsWith('org:') ? uses.account_id.slice('org:'.length) : '';
    const { user_id, account_id } = uses;
    const fresh = { org_id, user_id, account_id, period: allTime, window: '', spent_ucr: 0n, held_ucr: 0n } as const;
    const update = { $set: { cap_ucr: BigInt(capUcr) }, $setOnInsert: fresh };
    await this.caps.updateOne({ _id }, update, { upsert: true }).catch((error: unknown) => {
      // Another of its calls was first.
      if ((error as { code?: unknown }).code !== 11_000) throw error;
    });
  }

  /** The id of the cap that an API key has, if it has one. */
  async ofKey(apiKeyId: string, transaction: ClientSession): Promise<string[]> {
    return this.in(transaction).known([keyCapIdOf(apiKeyId)]);
  }

  /** The ids of the caps that a member has. */
  async of(orgId: string, userId: string, transaction: ClientSession): Promise<string[]> {
    const candidates = capPeriods.map((period) => capIdOf(orgId, userId, period));
    return this.in(transaction).known(candidates);
  }

  /**
   * How much a member may still use under the tightest of these caps; undefined without any.
   * @param reserved what else is not to be had under a cap
   */
  async tightest(
    capIds: readonly string[],
    transaction: ClientSession,
    reserved?: (capId: string) => bigint,
  ): Promise<bigint | undefined> {
    return this.in(transaction).tightest(capIds, reserved);
  }

  /**
   * Counts credits that are set aside, freed or charged. Callers that set credits aside ask `tightest` first; work that is
   * done is never refused here.
   */
  async count(capIds: readonly string[], movement: CapMovement, transaction: ClientSession): Promise<void> {
    await this.in(transaction).count(capIds, movement);
  }

  private in(transaction: ClientSession): CapStandings {
    const attempt = this.transactions.attempt(transaction);
    const known = this.standings.get(attempt);
    if (known) return known;
    const standings = new CapStandings(this.caps, transaction);
    this.standings.set(attempt, standings);
    attempt.atEnd(() => standings.write());
    return standings;
  }
}
