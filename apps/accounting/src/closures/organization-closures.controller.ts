import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '@parley/auth';
import {
  type CloseOrganization,
  closeOrganization,
  type OrganizationClosure,
  organizationClosure,
  serviceScopes,
} from '@parley/contracts';
import { ApiProblems, DomainError } from '@parley/platform';
import { orgAccountIdOf } from '../ledger/account.schema.js';
import { AccountsService } from '../ledger/accounts.service.js';

/** An organisation that is deleted leaves no credits behind that nobody could use. */
@ApiTags('service to service')
@Controller('internal/organization-closures')
export class OrganizationClosuresController {
  constructor(private readonly accounts: AccountsService) {}

  @Post()
  @HttpCode(200)
  @RequireScope(serviceScopes.usersErase)
  @ApiOperation({ summary: "Close an organization's pool, if it is empty" })
  @ApiOkResponse({ standardSchema: organizationClosure, description: 'It is closed, as it was before a repeat' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json'],
    409: ['organization_has_credits'],
    503: ['store_unavailable'],
  })
  async close(
    @Body({ schema: closeOrganization }) { org_id, whatever_it_has }: CloseOrganization,
  ): Promise<OrganizationClosure> {
    const pool = orgAccountIdOf(org_id);
    if (whatever_it_has) await this.accounts.close(pool);
    else if (!(await this.accounts.closeEmpty(pool)))
      throw new DomainError('conflict', 'organization_has_credits', 'The pool of the organization is not empty.');
    return { org_id };
  }
}
