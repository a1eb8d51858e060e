import { z } from 'zod';
import { type User, userStates } from './user.schema.js';

/** A user, as shown to themselves. */
export const userDto = z
  .object({
    id: z.string(),
    email: z.string(),
    username: z.string(),
    first_name: z.string(),
    last_name: z.string(),
    email_verified: z.boolean(),
    status: z.enum(userStates),
  })
  .meta({ id: 'User' });
export type UserDto = z.infer<typeof userDto>;

export const userId = z.string().min(1).max(100);

export const toUserDto = (user: User): UserDto => ({
  id: user._id,
  email: user.email,
  username: user.username,
  first_name: user.first_name,
  last_name: user.last_name,
  email_verified: user.email_verified,
  status: user.status,
});
