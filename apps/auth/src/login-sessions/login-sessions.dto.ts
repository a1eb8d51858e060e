import { z } from 'zod';
import { organizationId } from '../authz/authz.dto.js';
import type { SignedToken } from '../keys/token-signer.js';
import { emailAddress, username } from '../users/names.js';
import type { User } from '../users/user.schema.js';
import { toUserDto, userDto } from '../users/users.dto.js';

export const login = z
  .strictObject({
    email: emailAddress.optional(),
    username: username.optional(),
    /** Exactly as typed; the bound is there so that long texts are not hashed. */
    password: z.string().min(1).max(512),
    org_id: organizationId.optional(),
  })
  .refine(({ email, username }) => (email === undefined) !== (username === undefined), {
    error: 'Send either email or username.',
  })
  .meta({
    id: 'Login',
    examples: [
      { username: 'user1', password: 'parley-user1-demo' },
      { email: 'admin@example.com', password: 'parley-admin-demo' },
    ],
  });
export type Login = z.infer<typeof login>;

export const loginAnswer = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int().meta({ description: 'Seconds' }),
    user: userDto,
  })
  .meta({ id: 'LoginAnswer' });
export type LoginAnswer = z.infer<typeof loginAnswer>;

export const toLoginAnswer = (user: User, { token, lifeSeconds }: SignedToken): LoginAnswer => ({
  access_token: token,
  token_type: 'Bearer',
  expires_in: lifeSeconds,
  user: toUserDto(user),
});
