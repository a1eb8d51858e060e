import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { ONE_TIME_TOKENS, type OneTimeToken, type TokenPurpose } from './one-time-token.schema.js';
import { OneTimeTokenErrors } from './one-time-tokens.errors.js';

export interface NewOneTimeToken {
  purpose: TokenPurpose;
  userId: string;
  lifeMs: number;
  facts?: Readonly<Record<string, string>>;
}

const form = /^[A-Za-z0-9_-]{43}$/;
const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** Tokens that work once, for one purpose, for a while: 256 random bits, of which only the SHA-256 is stored. */
@Injectable()
export class OneTimeTokens {
  constructor(
    @InjectModel(ONE_TIME_TOKENS) private readonly tokens: Model<OneTimeToken>,
    private readonly clock: Clock,
  ) {}

  /**
   * @param session the transaction of whatever the token is for
   * @returns the token, which is seen only now
   */
  async issue({ purpose, userId, lifeMs, facts = {} }: NewOneTimeToken, session: ClientSession): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    const now = this.clock.now();
    const times = { created_at: new Date(now), expires_at: new Date(now + lifeMs), used_at: null };
    await this.tokens.create([{ _id: hashOf(token), purpose, user_id: userId, facts, ...times }], { session });
    return token;
  }

  /**
   * Uses a token up. Of several at once one gets it.
   * @param session the transaction that does what the token allows: when that fails, the token is still good
   * @throws DomainError `token_invalid` (400), `token_expired`, `token_used` (410)
   */
  async consume(purpose: TokenPurpose, token: string, session: ClientSession): Promise<OneTimeToken> {
    if (!form.test(token)) throw OneTimeTokenErrors.invalid();
    const _id = hashOf(token);
    const now = this.clock.date();
    const unused = { _id, purpose, used_at: null, expires_at: { $gt: now } };
    const used = await this.tokens
      .findOneAndUpdate(unused, { $set: { used_at: now } }, { session })
      .lean<OneTimeToken>();
    if (used) return used;
    const found = await this.tokens.findOne({ _id, purpose }).session(session).lean<OneTimeToken>();
    if (!found) throw OneTimeTokenErrors.invalid();
    throw found.used_at ? OneTimeTokenErrors.used() : OneTimeTokenErrors.expired();
  }

  /** The newest that can still be used. */
  latestOf(userId: string, purpose: TokenPurpose, session: ClientSession): Promise<OneTimeToken | null> {
    const usable = { user_id: userId, purpose, used_at: null, expires_at: { $gt: this.clock.date() } };
    return this.tokens.findOne(usable).sort({ created_at: -1 }).session(session).lean<OneTimeToken>();
  }

  /**
   * Ends what a user has of some purposes, as when one of them was used or a newer one takes their place.
   * @param since only those issued at that moment or later
   */
  async endAllOf(
    userId: string,
    purposes: readonly TokenPurpose[],
    session: ClientSession,
    since?: Date,
  ): Promise<void> {
    const unused = { user_id: userId, purpose: { $in: [...purposes] }, used_at: null };
    const wanted = since === undefined ? unused : { ...unused, created_at: { $gte: since } };
    await this.tokens.updateMany(wanted, { $set: { used_at: this.clock.date() } }, { session });
  }
}
