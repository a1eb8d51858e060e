import { Injectable } from '@nestjs/common';
import { AuthErrors, PermissionSource, SubjectTokens } from '@parley/auth';

const permission = 'chat:stream';

/** In whose name a hold is made. Only the user's own verified token says so; nothing in the body can. */
@Injectable()
export class HoldSubject {
  constructor(
    private readonly tokens: SubjectTokens,
    private readonly permissions: PermissionSource,
  ) {}

  /**
   * @returns the id of the user, who is active and may stream right now
   * @throws DomainError `subject_token_missing`, `invalid_token`, `token_expired`, `permission_denied`, `auth_unavailable`
   */
  async read(subjectToken: string | undefined): Promise<string> {
    const user = await this.tokens.read(subjectToken);
    if (!(await this.permissions.allows(user, permission))) throw AuthErrors.permissionDenied(permission);
    return user.userId;
  }
}
