import { describe, expect, it } from '@jest/globals';
import { AuthErrors, PermissionCatalogue } from '@parley/auth';
import { authPermissions, type Grants, grants as grantsSchema } from '@parley/contracts';
import { buildUser } from '@parley/testing';
import { UserErrors } from '../users/users.errors.js';
import type { AuthzService } from './authz.service.js';
import { LocalPermissions } from './local-permissions.js';

const grants: Grants = grantsSchema.parse({
  ...{ user_id: 'u1', org_id: null, status: 'active', role: 'user', permissions: ['chat:*'] },
});

/** Knows one user, outside of any organisation. */
const authz: Pick<AuthzService, 'grantsOf'> = {
  grantsOf(userId, orgId) {
    if (userId === 'down') return Promise.reject(new Error('the database is away'));
    if (userId !== 'u1') return Promise.reject(UserErrors.notFound());
    return orgId === null ? Promise.resolve(grants) : Promise.reject(AuthErrors.organizationNotFound());
  },
};

describe('LocalPermissions', () => {
  const permissions = new LocalPermissions(authz as AuthzService, new PermissionCatalogue(authPermissions));
  const grantsOf = (userId: string, orgId: string | null = null) => permissions.grantsOf(buildUser({ userId, orgId }));

  it('tells what a user may do in the organisation of the token', async () => {
    expect(await grantsOf('u1')).toEqual(grants);
    expect(await grantsOf('u1', 'org_1')).toMatchObject({ org_id: 'org_1', membership: null, permissions: [] });
  });

  it('says account_disabled for a user who is gone', async () => {
    await expect(grantsOf('gone')).rejects.toMatchObject({ code: 'account_disabled', status: 401 });
  });

  it('lets every other failure through as it is', async () => {
    await expect(grantsOf('down')).rejects.toThrow('the database is away');
  });
});
