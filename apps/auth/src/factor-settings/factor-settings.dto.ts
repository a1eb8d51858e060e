import { isoTime } from '@parley/contracts';
import { z } from 'zod';
import { passkeyDto, registrationResponse, sampleRegistration } from '../passkeys/passkeys.dto.js';

/** What is set up beside the password. */
export const factorSettings = z
  .object({
    totp: z.object({ enabled_at: isoTime }).nullable(),
    passkeys: z.int(),
    recovery_codes_left: z.int(),
    required: z.boolean().meta({ description: 'Whether this account may not be without a second factor' }),
  })
  .meta({ id: 'FactorSettings' });
export type FactorSettings = z.infer<typeof factorSettings>;

export const totpConfirmation = z
  .strictObject({ code: z.string().min(1).max(32) })
  .meta({ id: 'TotpConfirmation', examples: [{ code: '123456' }] });
export type TotpConfirmation = z.infer<typeof totpConfirmation>;

export const newPasskey = z
  .strictObject({ name: z.string().trim().min(1).max(60).default('Passkey'), passkey: registrationResponse })
  .meta({ id: 'NewPasskey', examples: [{ name: 'Laptop', passkey: sampleRegistration }] });
export type NewPasskey = z.infer<typeof newPasskey>;

export const addedPasskey = passkeyDto
  .extend({
    recovery_codes: z
      .array(z.string())
      .optional()
      .meta({ description: 'With the first factor of an account; shown this once' }),
  })
  .meta({ id: 'AddedPasskey' });
export type AddedPasskey = z.infer<typeof addedPasskey>;

export const passkeyList = z.object({ data: z.array(passkeyDto) }).meta({ id: 'PasskeyList' });
export type PasskeyList = z.infer<typeof passkeyList>;

export const passkeyId = z.string().min(1).max(100);
