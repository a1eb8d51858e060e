import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  CurrentUser,
  isPermission,
  PermissionCatalogue,
  PermissionSource,
  SignedIn,
  type UserPrincipal,
} from '@parley/auth';
import { AuthErrors } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { z } from 'zod';
import { AuthzService } from '../authz/authz.service.js';
import { organizationId } from '../organizations/organizations.dto.js';
import { userId } from '../users/users.dto.js';
import { explain } from './explanation.js';

const mineQuery = z.strictObject({ org_id: organizationId.optional() });
const explainQuery = z.strictObject({
  permission: z
    .string()
    .max(65)
    .refine(isPermission, { error: 'is not resource:action' })
    .meta({ examples: ['chat:stream'] }),
  org_id: organizationId.optional(),
  user_id: userId.optional().meta({ description: 'Somebody else, for whoever may see the members' }),
});

const permissionsAnswer = z
  .object({ org_id: z.string().nullable(), role: z.string(), level: z.int(), permissions: z.array(z.string()) })
  .meta({ id: 'OwnPermissions' });
const explanation = z
  .object({
    permission: z.string(),
    user_id: z.string(),
    org_id: z.string().nullable(),
    allowed: z.boolean(),
    reasons: z.array(z.object({ question: z.string(), answer: z.string(), passes: z.boolean() })),
  })
  .meta({ id: 'Explanation' });

const problems = {
  400: ['validation_failed', 'unknown_field', 'invalid_org_id', 'org_mismatch'],
  403: ['account_required', 'permission_denied', 'org_mismatch', 'membership_inactive', 'organization_suspended'],
  404: ['organization_not_found', 'user_not_found'],
};

/** What somebody may do, and why. */
@ApiTags('authz')
@Controller('authz')
export class ExplanationsController {
  constructor(
    private readonly authz: AuthzService,
    private readonly rights: PermissionSource,
    private readonly catalogue: PermissionCatalogue,
  ) {}

  @Get('permissions')
  @SignedIn()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What you may do, in one organization; without org_id, in that of your token' })
  @ApiOkResponse({ standardSchema: permissionsAnswer, description: 'Your role and its permissions' })
  @ApiProblems(problems)
  async permissions(
    @CurrentUser() { userId: id, orgId }: UserPrincipal,
    @Query({ schema: mineQuery }) { org_id = orgId ?? undefined }: z.infer<typeof mineQuery>,
  ): Promise<z.infer<typeof permissionsAnswer>> {
    const { org_id: where, role, level, permissions } = await this.authz.grantsOf(id, org_id ?? null);
    return { org_id: where, role, level, permissions };
  }

  @Get('explain')
  @SignedIn()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Why you may do something, or why not' })
  @ApiOkResponse({
    standardSchema: explanation,
    description: 'The chain of reasons, in the order in which they are looked at',
  })
  @ApiProblems(problems)
  async explain(
    @CurrentUser() user: UserPrincipal,
    @Query({ schema: explainQuery }) query: z.infer<typeof explainQuery>,
  ): Promise<z.infer<typeof explanation>> {
    const orgId = query.org_id ?? user.orgId;
    const about = query.user_id ?? user.userId;
    if (about !== user.userId) await this.requireRight({ ...user, orgId });
    const grants = await this.authz.grantsOf(about, orgId);
    const { permission } = query;
    return { permission, user_id: about, org_id: orgId, ...explain(grants, permission, this.catalogue) };
  }

  private async requireRight(user: UserPrincipal): Promise<void> {
    const permission = user.orgId === null ? 'users:read' : 'members:read';
    if (!(await this.rights.allows(user, permission))) throw AuthErrors.permissionDenied(permission);
  }
}
