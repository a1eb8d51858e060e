import { z } from 'zod';
import { assertionResponse } from '../passkeys/passkeys.dto.js';

export const reauthentication = z
  .strictObject({
    password: z.string().min(1).max(512).optional(),
    code: z.string().min(1).max(32).optional().meta({ description: 'Of the authenticator app, or a recovery code' }),
    passkey: assertionResponse.optional(),
  })
  .refine((given) => Object.values(given).filter((one) => one !== undefined).length === 1, {
    error: 'Send exactly one of password, code and passkey.',
  })
  .meta({ id: 'Reauthentication', examples: [{ password: 'parley-user1-demo' }] });
export type Reauthentication = z.infer<typeof reauthentication>;

export const freshToken = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int().meta({ description: 'Seconds' }),
  })
  .meta({ id: 'FreshToken' });
export type FreshToken = z.infer<typeof freshToken>;
