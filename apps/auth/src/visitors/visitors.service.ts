import { Inject, Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { Clock, inTransaction, newId } from '@parley/platform';
import type { ClientSession, Connection, Model } from 'mongoose';
import { ErrandRunner } from '../errands/errand-runner.js';
import { Errands } from '../errands/errands.js';
import { Secrets } from '../secrets/secrets.js';
import { readVisitorCookie, writeVisitorCookie } from './visitor-cookie.js';
import { type Visitor, VISITORS } from './visitor.schema.js';
import { idleDays, VISITOR_SETTINGS, type VisitorSettings } from './visitors.settings.js';

/** Whoever uses the product without an account. While visitors are switched off nobody is one. */
@Injectable()
export class VisitorsService {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(VISITORS) private readonly visitors: Model<Visitor>,
    @Inject(VISITOR_SETTINGS) private readonly settings: VisitorSettings,
    private readonly secrets: Secrets,
    private readonly errands: Errands,
    private readonly runner: ErrandRunner,
    private readonly clock: Clock,
  ) {}

  get isOn(): boolean {
    return this.settings.isOn;
  }

  async find(id: string): Promise<Visitor | null> {
    return this.isOn ? this.visitors.findOne({ _id: id }).lean<Visitor>() : null;
  }

  /** @returns the visitor whom the cookie names and who was seen now; null when it is not ours, or they are one no longer */
  async comeBack(cookie: string | null): Promise<Visitor | null> {
    const id = this.idOf(cookie);
    if (id === undefined) return null;
    const known = { _id: id, successor_id: null, last_seen_at: { $gt: this.idleSince() } };
    return this.visitors
      .findOneAndUpdate(known, { $set: { last_seen_at: this.clock.date() } }, { returnDocument: 'after' })
      .lean<Visitor>();
  }

  /** @param allowanceUcr what they may spend; accounting is told at once, or as soon as it can be reached */
  async add(allowanceUcr: number): Promise<Visitor> {
    const now = this.clock.date();
    const visitor: Visitor = { _id: newId('vis'), successor_id: null, created_at: now, last_seen_at: now };
    const errands = await inTransaction(this.connection, async (session) => {
      await this.visitors.create([visitor], { session });
      if (allowanceUcr === 0) return [];
      const body = { visitor_id: visitor._id, amount_ucr: allowanceUcr };
      return this.errands.queue([{ kind: 'allowance', body }], session);
    });
    await this.runner.hurry(errands);
    return visitor;
  }

  /** @returns the value of the cookie that names them */
  cookieOf({ _id }: Visitor): string {
    return writeVisitorCookie(this.key, _id);
  }

  /** @returns whom a cookie names, whether or not they are still there */
  idOf(cookie: string | null): string | undefined {
    return this.isOn && cookie !== null ? readVisitorCookie(this.key, cookie) : undefined;
  }

  /**
   * Makes the visitor a user, once: whoever comes later, with the same cookie, finds nobody.
   * @returns whether there was one
   */
  async become(id: string, userId: string, session: ClientSession): Promise<boolean> {
    const change = { $set: { successor_id: userId, last_seen_at: this.clock.date() } };
    const { modifiedCount } = await this.visitors.updateOne({ _id: id, successor_id: null }, change, { session });
    return modifiedCount === 1;
  }

  /** Those who were not seen for so long that they are forgotten. */
  async idle(limit: number): Promise<string[]> {
    const found = await this.visitors
      .find({ last_seen_at: { $lte: this.idleSince() } }, { _id: 1 })
      .limit(limit)
      .lean<Visitor[]>();
    return found.map(({ _id }) => _id);
  }

  /** @returns them as they were; null when they have come back, or another process was first */
  forget(id: string, session: ClientSession): Promise<Visitor | null> {
    const idle = { _id: id, last_seen_at: { $lte: this.idleSince() } };
    return this.visitors.findOneAndDelete(idle, { session }).lean<Visitor>();
  }

  private get key(): Buffer {
    return this.secrets.keyFor('anonymous');
  }

  private idleSince(): Date {
    return new Date(this.clock.now() - idleDays * 86_400_000);
  }
}
