import { z } from 'zod';
import type { SignedToken } from '../keys/token-signer.js';
import type { User } from '../users/user.schema.js';
import { toUserDto, userDto } from '../users/users.dto.js';

export const loginAnswer = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int().meta({ description: 'Seconds' }),
    refresh_token: z.string().optional().meta({ description: 'For native clients; a browser gets it as a cookie' }),
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
