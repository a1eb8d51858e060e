import type { Grants } from '@parley/contracts';

/** What stands in the way of everything, whatever the role allows. */
export type Standing = 'good' | 'account_disabled' | 'no_member' | 'membership_inactive' | 'organization_suspended';

/** The account comes first, then the membership, then the organisation itself. */
export function standingOf({ status, org_id, membership, organization }: Grants): Standing {
  if (status !== 'active') return 'account_disabled';
  if (org_id === null) return 'good';
  if (membership === null) return 'no_member';
  if (membership !== 'active') return 'membership_inactive';
  return organization === 'active' ? 'good' : 'organization_suspended';
}

/** What is known of somebody in an organisation that is nothing to them, or is not there any more. */
export const noMember = (userId: string, orgId: string): Grants => ({
  user_id: userId,
  org_id: orgId,
  status: 'active',
  role: 'none',
  role_id: null,
  level: 0,
  membership: null,
  organization: null,
  permissions: [],
  models: [],
});
