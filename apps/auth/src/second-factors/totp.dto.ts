import { z } from 'zod';

export const totpSecret = z
  .object({
    secret: z.string().meta({ description: 'In base32, for typing' }),
    otpauth_url: z.string().meta({ description: 'For a QR code' }),
  })
  .meta({ id: 'TotpSecret' });
export type TotpSecret = z.infer<typeof totpSecret>;

export const recoveryCodes = z
  .object({ recovery_codes: z.array(z.string()).meta({ description: 'Shown this once; each is good once' }) })
  .meta({ id: 'RecoveryCodes' });
export type RecoveryCodes = z.infer<typeof recoveryCodes>;
