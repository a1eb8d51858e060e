import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { inTransaction } from '@parley/platform';
import type { ClientSession, Connection } from 'mongoose';
import { WaysToSignIn } from '../linked-identities/ways-to-sign-in.js';
import { toPasskeyDto } from '../passkeys/passkeys.dto.js';
import { PasskeysService } from '../passkeys/passkeys.service.js';
import { type ChangedBy, FactorChanges } from '../second-factors/factor-changes.js';
import { FactorCodes } from '../second-factors/factor-codes.js';
import { SecondFactorErrors } from '../second-factors/second-factors.errors.js';
import { SecondFactors } from '../second-factors/second-factors.js';
import type { RecoveryCodes } from '../second-factors/totp.dto.js';
import type { User } from '../users/user.schema.js';
import type { AddedPasskey, FactorSettings, NewPasskey } from './factor-settings.dto.js';

/** What users change about their own second factors. */
@Injectable()
export class FactorSettingsService {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly codes: FactorCodes,
    private readonly passkeys: PasskeysService,
    private readonly secondFactors: SecondFactors,
    private readonly changes: FactorChanges,
    private readonly ways: WaysToSignIn,
  ) {}

  async read(user: User): Promise<FactorSettings> {
    const [{ totp, recovery_codes }, passkeys] = await Promise.all([
      this.codes.find(user._id),
      this.passkeys.countOf(user._id),
    ]);
    return {
      totp: totp && { enabled_at: totp.enabled_at.toISOString() },
      passkeys,
      recovery_codes_left: recovery_codes.length,
      required: this.secondFactors.isRequiredOf(user),
    };
  }

  /** @throws DomainError `totp_not_enabled`, `factor_required` */
  disableTotp(by: ChangedBy): Promise<void> {
    return this.change(by, async (session) => {
      if (!(await this.codes.disableTotp(by.user._id, session))) throw SecondFactorErrors.totpNotEnabled();
      await this.afterRemoval(by, session);
      await this.changes.tell('totp_disabled', by, session);
    });
  }

  /** @throws DomainError `factor_missing` */
  renewRecoveryCodes(by: ChangedBy): Promise<RecoveryCodes> {
    return inTransaction(this.connection, async (session) => {
      if ((await this.secondFactors.methodsDue(by.user, session)).length === 0) throw SecondFactorErrors.noFactor();
      const recovery_codes = await this.codes.renewRecoveryCodes(by.user._id, session);
      await this.changes.tell('recovery_codes_renewed', by, session);
      return { recovery_codes };
    });
  }

  /** @throws DomainError `passkey_refused`, `passkey_known`, `too_many_passkeys` */
  async addPasskey(by: ChangedBy, { name, passkey: given }: NewPasskey): Promise<AddedPasskey> {
    const passkey = await this.passkeys.checkRegistration(by.user._id, name, given);
    return this.change(by, async (session) => {
      const before = await this.secondFactors.methodsDue(by.user, session);
      await this.passkeys.add(passkey, session);
      await this.changes.tell('passkey_added', by, session);
      if (before.length > 0) return toPasskeyDto(passkey);
      return { ...toPasskeyDto(passkey), recovery_codes: await this.codes.renewRecoveryCodes(by.user._id, session) };
    });
  }

  /** @throws DomainError `passkey_not_found`, `factor_required`, `last_way_to_sign_in` */
  removePasskey(by: ChangedBy, id: string): Promise<void> {
    return this.change(by, async (session) => {
      await this.passkeys.remove(by.user._id, id, session);
      await this.ways.requireOne(by.user, session);
      await this.afterRemoval(by, session);
      await this.changes.tell('passkey_removed', by, session);
    });
  }

  /** A change of factors ends the sessions from before it, but for the one in which it was made. */
  private change<Result>(by: ChangedBy, work: (session: ClientSession) => Promise<Result>): Promise<Result> {
    return inTransaction(this.connection, async (session) => {
      const result = await work(session);
      await this.changes.endOthers(by, session);
      return result;
    });
  }

  private async afterRemoval({ user }: ChangedBy, session: ClientSession): Promise<void> {
    const left = await this.secondFactors.methodsDue(user, session);
    if (left.length > 0) return;
    if (this.secondFactors.isRequiredOf(user)) throw SecondFactorErrors.factorRequired();
    // They stand in for a factor, and there is none any more.
    await this.codes.dropRecoveryCodes(user._id, session);
  }
}
