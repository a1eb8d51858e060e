import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { inTransaction } from '@parley/platform';
import type { Connection } from 'mongoose';
import type { User } from '../users/user.schema.js';
import { type ChangedBy, FactorChanges } from './factor-changes.js';
import { FactorCodes } from './factor-codes.js';
import { FactorThrottle } from './factor-throttle.js';
import { SecondFactorErrors } from './second-factors.errors.js';
import type { RecoveryCodes, TotpSecret } from './totp.dto.js';
import { otpauthUrl } from './totp.js';

/** Sets up an authenticator app, or another one in its place. */
@Injectable()
export class TotpSetUp {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly codes: FactorCodes,
    private readonly throttle: FactorThrottle,
    private readonly changes: FactorChanges,
  ) {}

  async begin(user: User): Promise<TotpSecret> {
    const secret = await this.codes.beginTotp(user._id);
    return { secret, otpauth_url: otpauthUrl(secret, user.email) };
  }

  /**
   * The app shows that it has the secret. The code counts as used: nobody signs in with it afterwards.
   * @returns new recovery codes; earlier ones are void
   * @throws DomainError `totp_not_begun`, `invalid_code`, `too_many_attempts`
   */
  async confirm(by: ChangedBy, code: string): Promise<RecoveryCodes> {
    const userId = by.user._id;
    const { totp } = await this.codes.find(userId);
    let confirmed: Awaited<ReturnType<FactorCodes['checkPending']>>;
    await this.throttle.guard(userId, async () => {
      confirmed = await this.codes.checkPending(userId, code.trim());
      if (confirmed === undefined) throw SecondFactorErrors.nothingToConfirm();
      return confirmed !== false;
    });
    if (!confirmed) throw SecondFactorErrors.confirmationFailed();
    const given = confirmed;
    return inTransaction(this.connection, async (session) => {
      if (!(await this.codes.enable(userId, given, session))) throw SecondFactorErrors.nothingToConfirm();
      const recovery_codes = await this.codes.renewRecoveryCodes(userId, session);
      await this.changes.tell(totp ? 'totp_replaced' : 'totp_enabled', by, session);
      await this.changes.endOthers(by, session);
      return { recovery_codes };
    });
  }
}
