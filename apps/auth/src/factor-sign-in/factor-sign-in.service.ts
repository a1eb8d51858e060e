import { Injectable } from '@nestjs/common';
import { AuthErrors } from '@parley/auth';
import { DomainError } from '@parley/platform';
import type { Device } from '../devices/device.js';
import type { LoginAnswer } from '../login-sessions/login-sessions.dto.js';
import { SignIn } from '../login-sessions/sign-in.js';
import { PasskeyAssertions } from '../passkeys/passkey-assertions.js';
import type { GivenAssertion } from '../passkeys/passkeys.dto.js';
import { FactorChanges } from '../second-factors/factor-changes.js';
import { SecondFactors } from '../second-factors/second-factors.js';
import { TotpSetUp } from '../second-factors/totp-set-up.js';
import type { User } from '../users/user.schema.js';
import { UsersService } from '../users/users.service.js';
import type { StepAnswer } from './factor-gate.js';
import type { FactorProof, SetUpAnswer, SetUpConfirmation } from './factor-sign-in.dto.js';
import type { PendingSignIn } from './pending-sign-in.schema.js';
import { PendingSignIns } from './pending-sign-ins.js';

/** Continues sign-ins whose first factor was right. */
@Injectable()
export class FactorSignInService {
  constructor(
    private readonly pending: PendingSignIns,
    private readonly users: UsersService,
    private readonly secondFactors: SecondFactors,
    private readonly assertions: PasskeyAssertions,
    private readonly setUp: TotpSetUp,
    private readonly changes: FactorChanges,
    private readonly signIn: SignIn,
  ) {}

  /** @throws DomainError `mfa_token_invalid`, `invalid_code`, `passkey_refused`, `too_many_attempts`, and what `SignIn.complete` throws */
  async verify({ mfa_token, code, passkey }: FactorProof, device: Device): Promise<StepAnswer<LoginAnswer>> {
    const pending = await this.pending.find('verification', mfa_token, device);
    const user = await this.userOf(pending);
    try {
      const { method, amr } = passkey
        ? await this.byPasskey(user, passkey)
        : await this.secondFactors.useCode(user, code!);
      if (method === 'recovery_code') await this.changes.recordUse(user, method, device.ipAddress);
      return await this.complete(pending, user, device, amr);
    } catch (error) {
      const refusals = ['invalid_code', 'passkey_refused'];
      if (error instanceof DomainError && refusals.includes(error.code)) {
        this.changes.recordRefusal(user._id, error.code, device.ipAddress);
      }
      throw error;
    }
  }

  /** @throws DomainError `mfa_token_invalid` */
  async passkeyOptions(token: string, device: Device) {
    const { user_id } = await this.pending.find('verification', token, device);
    return this.assertions.options('second_factor', user_id);
  }

  /** Begins to set up the factor without which the account may not be used. @throws DomainError `mfa_token_invalid` */
  async beginSetUp(token: string, device: Device) {
    const user = await this.userOf(await this.pending.find('set_up', token, device));
    return this.setUp.begin(user);
  }

  /** @throws DomainError `mfa_token_invalid`, `invalid_code`, `totp_not_begun`, `too_many_attempts` */
  async confirmSetUp({ mfa_token, code }: SetUpConfirmation, device: Device): Promise<StepAnswer<SetUpAnswer>> {
    const pending = await this.pending.find('set_up', mfa_token, device);
    const user = await this.userOf(pending);
    const { recovery_codes } = await this.setUp.confirm({ user, ipAddress: device.ipAddress }, code);
    // The sessions that this has ended are those from before; the sign-in under way goes on.
    const { session_epoch = null } = await this.users.get(user._id);
    const { answer, cookies } = await this.complete({ ...pending, session_epoch }, user, device, ['otp', 'mfa']);
    return { answer: { ...answer, recovery_codes }, cookies };
  }

  private async byPasskey(user: User, passkey: GivenAssertion) {
    const { amr } = await this.assertions.check('second_factor', user._id, passkey);
    return { method: 'passkey' as const, amr };
  }

  private async userOf({ user_id }: PendingSignIn): Promise<User> {
    const user = await this.users.find(user_id);
    if (!user) throw AuthErrors.accountDisabled();
    this.signIn.refuseUnlessActive(user);
    return user;
  }

  private async complete(pending: PendingSignIn, user: User, device: Device, added: string[]) {
    await this.pending.consume(pending);
    const { session_epoch, org_id: orgId, client, amr } = pending;
    const { session_epoch: _, ...asRead } = user;
    const before: User = session_epoch === null ? asRead : { ...asRead, session_epoch };
    return this.signIn.complete(before, device, { amr: [...new Set([...amr, ...added])], orgId, client });
  }
}
