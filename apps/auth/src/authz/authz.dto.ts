import { z } from 'zod';
import { userId } from '../users/users.dto.js';

export const organizationId = z.string().min(1).max(100);

export const grantsQuery = z.strictObject({ user_id: userId, org_id: organizationId.optional() });
export type GrantsQuery = z.infer<typeof grantsQuery>;
