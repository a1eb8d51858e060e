import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { Secrets } from '../secrets/secrets.js';
import { isRecoveryCode, newRecoveryCodes, recoveryCodeDigest } from './recovery-code.js';
import { SECOND_FACTORS, type SecondFactorsRecord, type TotpFactor } from './second-factors.schema.js';
import { isTotpCode, newTotpSecret, totpStepOf } from './totp.js';

/** A secret that is shown longer ago than this is no longer confirmed. */
const pendingForMs = 15 * 60_000;
const nothing = { totp: null, pending_totp: null, recovery_codes: [] };

/** The stored codes of users: secrets of authenticator apps, and recovery codes. Each is good once. */
@Injectable()
export class FactorCodes {
  constructor(
    @InjectModel(SECOND_FACTORS) private readonly factors: Model<SecondFactorsRecord>,
    private readonly secrets: Secrets,
    private readonly clock: Clock,
  ) {}

  async find(userId: string, session?: ClientSession): Promise<Omit<SecondFactorsRecord, '_id' | 'user_id'>> {
    const found = await this.factors
      .findById(userId)
      .session(session ?? null)
      .lean<SecondFactorsRecord>();
    return found ?? nothing;
  }

  /** Keeps a new secret until it is confirmed; the one in use stays until then. @returns it in base32 */
  async beginTotp(userId: string): Promise<string> {
    const secret = newTotpSecret();
    const pending_totp = { secret: this.seal(userId, secret), created_at: this.clock.date() };
    await this.factors.updateOne(
      { _id: userId },
      { $set: { pending_totp }, $setOnInsert: { user_id: userId, totp: null, recovery_codes: [] } },
      { upsert: true },
    );
    return secret;
  }

  /** @returns undefined where there is nothing to confirm, false for a wrong code, else what `enable` needs */
  async checkPending(userId: string, code: string): Promise<{ secret: string; step: number } | false | undefined> {
    const { pending_totp: pending } = await this.find(userId);
    if (!pending || pending.created_at.getTime() + pendingForMs <= this.clock.now()) return undefined;
    const step = this.stepOf(userId, pending.secret, code);
    return step === undefined ? false : { secret: pending.secret, step };
  }

  /** @param confirmed the secret as `checkPending` read it @returns false when another request has confirmed it or begun anew */
  async enable(userId: string, confirmed: { secret: string; step: number }, session: ClientSession): Promise<boolean> {
    const totp: TotpFactor = {
      secret: confirmed.secret,
      last_step: confirmed.step,
      enabled_at: this.clock.date(),
    };
    const { modifiedCount } = await this.factors.updateOne(
      { _id: userId, 'pending_totp.secret': confirmed.secret },
      { $set: { totp, pending_totp: null } },
      { session },
    );
    return modifiedCount === 1;
  }

  /** @returns false when there was none */
  async disableTotp(userId: string, session: ClientSession): Promise<boolean> {
    const change = { $set: { totp: null, pending_totp: null } };
    const { modifiedCount } = await this.factors.updateOne({ _id: userId, totp: { $ne: null } }, change, { session });
    return modifiedCount === 1;
  }

  /** @returns new codes, the only time that they are seen; the old ones are worth nothing from then on */
  async renewRecoveryCodes(userId: string, session: ClientSession): Promise<string[]> {
    const codes = newRecoveryCodes();
    const recovery_codes = codes.map((code) => this.digest(userId, code));
    const onInsert = { user_id: userId, totp: null, pending_totp: null };
    await this.factors.updateOne(
      { _id: userId },
      { $set: { recovery_codes }, $setOnInsert: onInsert },
      { session, upsert: true },
    );
    return codes;
  }

  async dropRecoveryCodes(userId: string, session: ClientSession): Promise<void> {
    await this.factors.updateOne({ _id: userId }, { $set: { recovery_codes: [] } }, { session });
  }

  /** Uses a code up. Of two requests with the same code one is right. @returns which kind it was, or undefined for a wrong one */
  async use(userId: string, code: string): Promise<'totp' | 'recovery_code' | undefined> {
    if (isTotpCode(code)) return (await this.useTotp(userId, code)) ? 'totp' : undefined;
    if (!isRecoveryCode(code)) return undefined;
    const digest = this.digest(userId, code);
    const { modifiedCount } = await this.factors.updateOne(
      { _id: userId, recovery_codes: digest },
      { $pull: { recovery_codes: digest } },
    );
    return modifiedCount === 1 ? 'recovery_code' : undefined;
  }

  private async useTotp(userId: string, code: string): Promise<boolean> {
    const { totp } = await this.find(userId);
    const step = totp ? this.stepOf(userId, totp.secret, code) : undefined;
    if (!totp || step === undefined) return false;
    const { modifiedCount } = await this.factors.updateOne(
      { _id: userId, 'totp.secret': totp.secret, 'totp.last_step': { $lt: step } },
      { $set: { 'totp.last_step': step } },
    );
    return modifiedCount === 1;
  }

  private stepOf(userId: string, sealed: string, code: string): number | undefined {
    const secret = this.secrets.unseal('second-factor', `totp ${userId}`, sealed);
    if (!secret) throw new Error(`the second factor of ${userId} does not open with this AUTH_KEK`);
    return isTotpCode(code) ? totpStepOf(secret.toString('utf8'), code, this.clock.now()) : undefined;
  }

  private seal = (userId: string, secret: string): string =>
    this.secrets.seal('second-factor', `totp ${userId}`, Buffer.from(secret, 'utf8'));

  private digest = (userId: string, code: string): string =>
    recoveryCodeDigest(this.secrets.keyFor('second-factor'), userId, code);
}
