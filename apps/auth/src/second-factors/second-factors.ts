import { Inject, Injectable } from '@nestjs/common';
import type { ClientSession } from 'mongoose';
import { PasskeysService } from '../passkeys/passkeys.service.js';
import type { User } from '../users/user.schema.js';
import { FactorCodes } from './factor-codes.js';
import { FactorThrottle } from './factor-throttle.js';
import { SecondFactorErrors } from './second-factors.errors.js';

/** REQUIRE_MFA_FOR_ADMINS: whether platform administrators must have a second factor. */
export const ADMINS_NEED_FACTOR = Symbol('AdminsNeedFactor');

/** How long ago somebody may have shown who they are when they change how they sign in. */
export const recentSeconds = 300;

export const factorMethods = ['totp', 'passkey', 'recovery_code'] as const;
export type FactorMethod = (typeof factorMethods)[number];

/** What a user has set up beside the password, and whether a code is theirs. */
@Injectable()
export class SecondFactors {
  constructor(
    @Inject(ADMINS_NEED_FACTOR) private readonly adminsNeedFactor: boolean,
    private readonly codes: FactorCodes,
    private readonly passkeys: PasskeysService,
    private readonly throttle: FactorThrottle,
  ) {}

  /** How a user may show a second factor; none where none is set up. Recovery codes stand in for another factor, and are none alone. */
  async methodsDue({ _id }: Pick<User, '_id'>, session?: ClientSession): Promise<FactorMethod[]> {
    const { totp, recovery_codes } = await this.codes.find(_id, session);
    const hasPasskey = (await this.passkeys.countOf(_id, session)) > 0;
    const methods: FactorMethod[] = [...(totp ? ['totp' as const] : []), ...(hasPasskey ? ['passkey' as const] : [])];
    return methods.length > 0 && recovery_codes.length > 0 ? [...methods, 'recovery_code'] : methods;
  }

  isRequiredOf({ platform_role }: Pick<User, 'platform_role'>): boolean {
    return this.adminsNeedFactor && platform_role === 'platform_admin';
  }

  /**
   * Uses a code up.
   * @returns what it adds to the `amr` of the session (RFC 8176)
   * @throws DomainError `invalid_code`, `too_many_attempts`
   */
  async useCode({ _id }: Pick<User, '_id'>, code: string): Promise<{ method: FactorMethod; amr: string[] }> {
    let method: FactorMethod | undefined;
    await this.throttle.guard(_id, async () => {
      method = await this.codes.use(_id, code.trim());
      return method !== undefined;
    });
    if (!method) throw SecondFactorErrors.codeInvalid();
    return { method, amr: ['otp', 'mfa'] };
  }
}
