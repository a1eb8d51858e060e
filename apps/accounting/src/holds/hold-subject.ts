import { Injectable } from '@nestjs/common';
import { AuthErrors, PermissionSource, SubjectTokens, type UserPrincipal } from '@parley/auth';

const permission = 'chat:stream';

/** Whose work it is, and who pays: the organisation when there is one. */
export type Subject = Pick<UserPrincipal, 'userId' | 'orgId' | 'apiKey'>;

/** In whose name a hold is made. Only the user's own verified token or API key says so; nothing in the body can. */
@Injectable()
export class HoldSubject {
  constructor(
    private readonly tokens: SubjectTokens,
    private readonly permissions: PermissionSource,
  ) {}

  /**
   * @returns the user, who is active and may stream right now, and the organisation in whose name they do
   * @throws DomainError `subject_token_missing`, `invalid_token`, `token_expired`, `permission_denied`, `auth_unavailable`, `authz_unavailable`
   */
  async read(subjectToken: string | undefined): Promise<Subject> {
    const user = await this.tokens.readSensitive(subjectToken);
    if (!(await this.permissions.allows(user, permission))) throw AuthErrors.permissionDenied(permission);
    const { userId, orgId, apiKey } = user;
    return { userId, orgId, ...(apiKey ? { apiKey } : {}) };
  }
}
