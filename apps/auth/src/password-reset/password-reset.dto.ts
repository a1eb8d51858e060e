import { z } from 'zod';
import { newPassword, oneTimeToken } from '../signup/signup.dto.js';

export const passwordReset = z.strictObject({ token: oneTimeToken, password: newPassword }).meta({
  id: 'PasswordReset',
  examples: [{ token: 'the token behind the # of the link in the mail', password: 'a walk along the harbour' }],
});
export type PasswordReset = z.infer<typeof passwordReset>;

export const passwordChanged = z.object({ message: z.string() }).meta({ id: 'PasswordChanged' });
export type PasswordChanged = z.infer<typeof passwordChanged>;
