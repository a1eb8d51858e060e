import type { Grants } from '@parley/contracts';
import { z } from 'zod';
import { organizationId } from '../authz/authz.dto.js';
import type { User } from '../users/user.schema.js';
import { toUserDto, userDto } from '../users/users.dto.js';

/** The signed-in user, with what they may do in the organisation of their token. */
export const meDto = userDto
  .extend({ org_id: z.string().nullable(), role: z.string(), permissions: z.array(z.string()) })
  .meta({ id: 'Me' });
export type MeDto = z.infer<typeof meDto>;

export const myGrantsQuery = z.strictObject({ org_id: organizationId.optional() });
export type MyGrantsQuery = z.infer<typeof myGrantsQuery>;

export const toMeDto = (user: User, { org_id, role, permissions }: Grants): MeDto => ({
  ...toUserDto(user),
  org_id,
  role,
  permissions,
});
