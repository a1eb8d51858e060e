import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { AuthErrors } from '@parley/auth';
import type { Grants } from '@parley/contracts';
import { Clock } from '@parley/platform';
import type { Model } from 'mongoose';
import { API_KEYS, type ApiKey } from '../api-key-records/api-key.schema.js';
import { Standings } from '../memberships/standings.js';
import { AuthzService } from './authz.service.js';

const nothing = { role_id: null, level: 0, membership: null, organization: null, models: null, permissions: [] };

/**
 * What an API key may do right now: what its owner may, or the role that it has in its organisation, and of that no more than its scopes
 * say. Whoever made an organisation's key does not matter any more.
 */
@Injectable()
export class KeyGrants {
  constructor(
    @InjectModel(API_KEYS) private readonly keys: Model<ApiKey>,
    private readonly standings: Standings,
    private readonly authz: AuthzService,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError `user_not_found`, or `organization_not_found` for a key of one that is not there any more */
  async of(keyId: string): Promise<Grants> {
    const key = await this.keys.findOne({ _id: keyId, revoked_at: null }).lean<ApiKey>();
    const end = key?.expires_at?.getTime() ?? Number.POSITIVE_INFINITY;
    if (!key || end <= this.clock.now()) return deactivated(keyId);
    const { user_id: userId, org_id: orgId, role_id: roleId, scopes } = key;
    if (userId !== null) return { ...(await this.authz.grantsOf(userId, null)), scopes };
    const standing = await this.standings.ofRole(orgId ?? '', roleId ?? '');
    if (!standing) throw AuthErrors.organizationNotFound();
    const { organization, role, permissions } = standing;
    const isActive = organization.status === 'active';
    return {
      ...{ ...nothing, user_id: keyId, org_id: orgId, status: 'active', membership: 'active', scopes },
      organization: isActive ? 'active' : 'suspended',
      role: role?.name ?? 'none',
      role_id: roleId,
      level: role?.hierarchy_level ?? 0,
      permissions: isActive ? [...permissions] : [],
      models: role && isActive ? role.models : [],
    };
  }
}

/** Revoked, expired, or never there. */
const deactivated = (keyId: string): Grants => ({
  ...{ ...nothing, user_id: keyId, org_id: null, status: 'deactivated', role: 'none', scopes: [] },
});
