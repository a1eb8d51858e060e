import { Injectable } from '@nestjs/common';
import { PermissionSource, type UserPrincipal } from '@parley/auth';
import { accountIdOf } from './account.schema.js';
import { AccountErrors } from './accounts.errors.js';
import { AccountsService } from './accounts.service.js';

/** Which account a reader means, and whether he may see it. */
@Injectable()
export class AccountAccess {
  constructor(
    private readonly permissions: PermissionSource,
    private readonly accounts: AccountsService,
  ) {}

  /**
   * One's own account always, even before it was ever used; another's with `credits:read`.
   * @throws DomainError `account_not_found`, the same for an account that is not there and one that may not be seen
   */
  async find(reader: UserPrincipal, userId: string = reader.userId): Promise<string> {
    const accountId = accountIdOf(userId);
    if (userId === reader.userId) return accountId;
    if (!(await this.permissions.allows(reader, 'credits:read'))) throw AccountErrors.notFound();
    if (!(await this.accounts.find(accountId))) throw AccountErrors.notFound();
    return accountId;
  }
}
