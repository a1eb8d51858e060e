import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { AuthErrors, type UserPrincipal } from '@parley/auth';
import type { Model } from 'mongoose';
import type { SignedToken } from '../keys/token-signer.js';
import { AccessTokensService } from '../login-sessions/access-tokens.service.js';
import { LOGIN_SESSIONS, type LoginSession } from '../login-sessions/login-session.schema.js';
import { Standings } from '../memberships/standings.js';
import { UsersService } from '../users/users.service.js';

/** Which organisation a session is for. */
@Injectable()
export class OrganizationSwitching {
  constructor(
    @InjectModel(LOGIN_SESSIONS) private readonly loginSessions: Model<LoginSession>,
    private readonly standings: Standings,
    private readonly users: UsersService,
    private readonly tokens: AccessTokensService,
  ) {}

  /** @throws DomainError `organization_not_found` unless the user is an active member, `session_revoked` */
  async switch({ userId, loginSessionId }: UserPrincipal, orgId: string | null): Promise<SignedToken> {
    if (orgId !== null && !(await this.standings.active(orgId, userId))) throw AuthErrors.organizationNotFound();
    const live = { _id: loginSessionId, user_id: userId, ended_at: null };
    const session = await this.loginSessions
      .findOneAndUpdate(live, { $set: { org_id: orgId } }, { returnDocument: 'after' })
      .lean<LoginSession>();
    if (!session) throw AuthErrors.sessionRevoked();
    return this.tokens.issue(await this.users.get(userId), session);
  }
}
