import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '@parley/platform';
import { type SignedToken, TokenSigner } from '../keys/token-signer.js';
import { Standings } from '../memberships/standings.js';
import type { User } from '../users/user.schema.js';
import { lastsUntil } from './refresh-judgement.js';
import { REFRESH_LIFE, type RefreshLife } from './refresh-life.js';
import type { LoginSession } from './login-session.schema.js';

export const ACCESS_TOKEN_LIFE_SECONDS = Symbol('AccessTokenLifeSeconds');

/** The services that take a user's token. */
const audience = ['auth', 'accounting', 'chat'];

/** Access tokens of a login session (RFC 9068). They carry no permissions, which would go stale and make them long. */
@Injectable()
export class AccessTokensService {
  constructor(
    private readonly signer: TokenSigner,
    @Inject(ACCESS_TOKEN_LIFE_SECONDS) private readonly lifeSeconds: number,
    @Inject(REFRESH_LIFE) private readonly refreshLife: RefreshLife,
    private readonly standings: Standings,
    private readonly clock: Clock,
  ) {}

  /** None outlives its session. */
  async issue(user: User, loginSession: LoginSession): Promise<SignedToken> {
    const left = Math.floor((lastsUntil(loginSession, this.refreshLife) - this.clock.now()) / 1_000);
    return this.signer.sign('user', Math.min(this.lifeSeconds, left), {
      aud: audience,
      sub: user._id,
      sid: loginSession._id,
      org_id: loginSession.org_id,
      // The role, the version of the membership that gives it, and the count of renewals.
      ...(await this.roleIn(loginSession.org_id, user)),
      rc: loginSession.refresh_counter,
      auth_time: Math.floor((loginSession.authenticated_at ?? loginSession.created_at).getTime() / 1000),
      amr: loginSession.amr,
      ev: user.email_verified,
    });
  }

  /** They say what the role was; what it allows is asked for at every use. */
  private async roleIn(orgId: string | null, user: User): Promise<{ rid: string | null; mv: number }> {
    if (orgId === null) return { rid: user.platform_role, mv: user.role_version ?? 0 };
    const standing = await this.standings.active(orgId, user._id);
    return standing ? { rid: standing.role._id, mv: standing.membership.mv } : { rid: null, mv: 0 };
  }
}
