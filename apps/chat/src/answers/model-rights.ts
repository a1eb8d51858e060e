import { Injectable } from '@nestjs/common';
import { globMatches, PermissionSource, type UserPrincipal } from '@parley/auth';
import { AnswerErrors } from './answers.errors.js';

/** Which models somebody's role in the organisation may use. */
@Injectable()
export class ModelRights {
  constructor(private readonly permissions: PermissionSource) {}

  /** @throws DomainError `model_not_allowed`; `authz_unavailable` when that cannot be known right now */
  async require(user: UserPrincipal, modelId: string): Promise<void> {
    const { models } = await this.permissions.grantsOf(user);
    if (models !== null && !models.some((pattern) => globMatches(pattern, modelId)))
      throw AnswerErrors.modelNotAllowed(modelId);
  }
}
