import { z } from 'zod';
import { organizationId } from '../organizations/organizations.dto.js';
import { userId } from '../users/users.dto.js';

export const grantsQuery = z.strictObject({ user_id: userId, org_id: organizationId.optional() });
export type GrantsQuery = z.infer<typeof grantsQuery>;
