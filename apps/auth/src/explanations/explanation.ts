import { covers, type PermissionCatalogue, standingOf } from '@parley/auth';
import type { Grants } from '@parley/contracts';

/** One link of the chain: a question, its answer, and whether it stands in the way. */
export interface Reason {
  question: 'account' | 'membership' | 'organization' | 'role' | 'scope' | 'permission';
  answer: string;
  passes: boolean;
}

export interface Explanation {
  allowed: boolean;
  reasons: Reason[];
}

/** Why somebody may do something, or why not, in the order in which the guard asks. Every link is there, also behind the first that fails. */
export function explain(grants: Grants, permission: string, catalogue: PermissionCatalogue): Explanation {
  const { org_id, status, membership, organization, role, level, permissions } = grants;
  const standing = standingOf(grants);
  const covering = permissions.filter((pattern) => covers(pattern, permission));
  const counts = catalogue.counts(permission, org_id);
  const place = org_id === null ? 'outside of organizations' : 'in an organization';
  const inside: Reason[] = [
    { question: 'membership', answer: membership ?? 'none', passes: membership === 'active' },
    { question: 'organization', answer: organization ?? 'none', passes: organization === 'active' },
  ];
  const reasons: Reason[] = [
    { question: 'account', answer: status, passes: status === 'active' },
    ...(org_id === null ? [] : inside),
    { question: 'role', answer: org_id === null ? role : `${role}, level ${level}`, passes: standing === 'good' },
    { question: 'scope', answer: `${permission} ${counts ? 'counts' : 'does not count'} ${place}`, passes: counts },
    {
      question: 'permission',
      answer:
        covering.length > 0
          ? `covered by ${covering.join(', ')}`
          : `covered by none of ${permissions.join(', ') || 'none'}`,
      passes: covering.length > 0,
    },
  ];
  return { allowed: reasons.every(({ passes }) => passes), reasons };
}
