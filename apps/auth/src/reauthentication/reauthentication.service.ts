import { Injectable } from '@nestjs/common';
import { DomainError } from '@parley/platform';
import { AuditTally } from '../audit/audit-tally.js';
import type { Device } from '../devices/device.js';
import { AccessTokensService } from '../login-sessions/access-tokens.service.js';
import { LoginSessionsService } from '../login-sessions/login-sessions.service.js';
import { PasskeyAssertions } from '../passkeys/passkey-assertions.js';
import { PasswordChecks } from '../password-checks/password-checks.js';
import type { ChangedBy } from '../second-factors/factor-changes.js';
import { SecondFactors } from '../second-factors/second-factors.js';
import type { FreshToken, Reauthentication } from './reauthentication.dto.js';
import { ReauthenticationErrors } from './reauthentication.errors.js';

type SignedInUser = ChangedBy & { sid: string };

/** Shows again, within a session, who is using it. */
@Injectable()
export class ReauthenticationService {
  constructor(
    private readonly checks: PasswordChecks,
    private readonly secondFactors: SecondFactors,
    private readonly assertions: PasskeyAssertions,
    private readonly loginSessions: LoginSessionsService,
    private readonly accessTokens: AccessTokensService,
    private readonly tally: AuditTally,
  ) {}

  /**
   * @returns an access token of the same session with a new `auth_time`
   * @throws DomainError `reauthentication_failed`, `factor_required`, `too_many_attempts`, `password_checks_busy`
   */
  async reauthenticate(by: SignedInUser, device: Device, given: Reauthentication): Promise<FreshToken> {
    const amr = await this.prove(by, device, given).catch((error: unknown) => {
      throw this.refusal(by, error);
    });
    const session = await this.loginSessions.reauthenticate(by.sid, by.user._id, amr);
    if (!session) throw ReauthenticationErrors.sessionEnded();
    const { token, lifeSeconds } = await this.accessTokens.issue(by.user, session);
    return { access_token: token, token_type: 'Bearer', expires_in: lifeSeconds };
  }

  /** For a user who has passkeys. */
  passkeyOptions(userId: string) {
    return this.assertions.options('reauthentication', userId);
  }

  private async prove({ user }: SignedInUser, device: Device, { password, code, passkey }: Reauthentication) {
    if (passkey) return (await this.assertions.check('reauthentication', user._id, passkey)).amr;
    if (code !== undefined) return (await this.secondFactors.useCode(user, code)).amr;
    const methods = await this.secondFactors.methodsDue(user);
    if (methods.length > 0) throw ReauthenticationErrors.factorNeeded(methods);
    const { isRight } = await this.checks.check({ email: user.email }, user, password!, device);
    if (!isRight) throw ReauthenticationErrors.failed();
    return ['pwd'];
  }

  private refusal({ user, ipAddress }: SignedInUser, error: unknown): unknown {
    const codes = ['reauthentication_failed', 'invalid_code', 'passkey_refused'];
    if (!(error instanceof DomainError) || !codes.includes(error.code)) return error;
    const who = { actor: user._id, subject: user._id, ip_address: ipAddress };
    this.tally.note({ type: 'reauthentication.refused', ...who, facts: {} });
    return ReauthenticationErrors.failed();
  }
}
