import { z } from 'zod';
import { oneTimeToken } from '../signup/signup.dto.js';

export const unlockLink = z
  .strictObject({ token: oneTimeToken })
  .meta({ id: 'UnlockLink', examples: [{ token: 'the token behind the # of the link in the mail' }] });
export type UnlockLink = z.infer<typeof unlockLink>;
