import { type Grants, visitorRole } from '@parley/contracts';
import { z } from 'zod';
import { organizationId } from '../organizations/organizations.dto.js';
import type { User } from '../users/user.schema.js';
import { toUserDto, userDto } from '../users/users.dto.js';

/** The signed-in user, with what they may do in the organisation of their token. */
export const meDto = userDto
  .extend({ org_id: z.string().nullable(), role: z.string(), permissions: z.array(z.string()) })
  .meta({ id: 'Me' });
export type MeDto = z.infer<typeof meDto>;

/** Somebody without an account. */
export const visitorDto = z
  .object({
    id: z.string(),
    ...{ email: z.null(), username: z.null(), first_name: z.null(), last_name: z.null() },
    email_verified: z.literal(false),
    status: z.literal('active'),
    org_id: z.null(),
    role: z.literal(visitorRole),
    permissions: z.array(z.string()),
  })
  .meta({ id: 'VisitorMe' });
export type VisitorDto = z.infer<typeof visitorDto>;

export const toVisitorDto = ({ user_id: id, permissions }: Grants): VisitorDto => ({
  id,
  ...{ email: null, username: null, first_name: null, last_name: null, email_verified: false, status: 'active' },
  ...{ org_id: null, role: visitorRole, permissions },
});

export const myGrantsQuery = z.strictObject({ org_id: organizationId.optional() });
export type MyGrantsQuery = z.infer<typeof myGrantsQuery>;

export const toMeDto = (user: User, { org_id, role, permissions }: Grants): MeDto => ({
  ...toUserDto(user),
  org_id,
  role,
  permissions,
});
