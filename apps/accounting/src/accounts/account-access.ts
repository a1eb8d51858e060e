import { Injectable } from '@nestjs/common';
import { PermissionSource, type UserPrincipal } from '@parley/auth';
import { accountIdOf, orgAccountIdOf } from '../ledger/account.schema.js';
import { accountOf, type Owner } from './accounts.dto.js';
import { AccountErrors } from './accounts.errors.js';
import { AccountsService } from '../ledger/accounts.service.js';

/** Which account a reader means, and whether they may see it. */
@Injectable()
export class AccountAccess {
  constructor(
    private readonly permissions: PermissionSource,
    private readonly accounts: AccountsService,
  ) {}

  /**
   * One's own account always, even before it was ever used; an organisation's in its name with `credits:read`; any other with
   * `credits:read` outside of organisations, because a right given inside one does not reach beyond it.
   * @throws DomainError `account_not_found`, the same for an account that is not there and one that may not be seen
   */
  async find(reader: UserPrincipal, of: Owner = {}): Promise<string> {
    if (of.org_id === undefined && (of.user_id ?? reader.userId) === reader.userId) return accountIdOf(reader.userId);
    const accountId = accountOf(of);
    const inItsName = of.org_id !== undefined && of.org_id === reader.orgId;
    if (!(await this.mayRead(reader, inItsName))) throw AccountErrors.notFound();
    if (!inItsName && !(await this.accounts.find(accountId))) throw AccountErrors.notFound();
    return accountId;
  }

  /** Whether a reader may see what was written on an account. */
  async maySee(reader: UserPrincipal, accountId: string): Promise<boolean> {
    if (accountId === accountIdOf(reader.userId)) return true;
    return this.mayRead(reader, reader.orgId !== null && accountId === orgAccountIdOf(reader.orgId));
  }

  private async mayRead(reader: UserPrincipal, inItsName: boolean): Promise<boolean> {
    return (inItsName || reader.orgId === null) && this.permissions.allows(reader, 'credits:read');
  }
}
