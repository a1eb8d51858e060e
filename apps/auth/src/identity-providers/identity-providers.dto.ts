import { isoTime } from '@parley/contracts';
import { z } from 'zod';
import type { LinkedIdentity } from '../linked-identities/linked-identity.schema.js';

export const providerId = z.string().min(1).max(31);
export const identityId = z.string().min(1).max(100);

export const providerList = z
  .object({ data: z.array(z.object({ id: z.string(), name: z.string() })) })
  .meta({ id: 'ProviderList' });
export type ProviderList = z.infer<typeof providerList>;

export const startQuery = z.strictObject({ return_to: z.string().min(1).max(200).optional() });
export type StartQuery = z.infer<typeof startQuery>;

export const linkStart = z.object({ authorization_url: z.string() }).meta({ id: 'LinkStart' });
export type LinkStart = z.infer<typeof linkStart>;

export const linkConfirmation = z
  .strictObject({ link_token: z.string().min(1).max(100) })
  .meta({ id: 'LinkConfirmation', examples: [{ link_token: `lnk_${'A'.repeat(43)}` }] });
export type LinkConfirmation = z.infer<typeof linkConfirmation>;

export const identityDto = z
  .object({
    id: z.string(),
    provider: z.string(),
    email: z.string().nullable().meta({ description: 'What the provider said when it was linked' }),
    created_at: isoTime,
  })
  .meta({ id: 'LinkedIdentity' });
export type IdentityDto = z.infer<typeof identityDto>;

export const identityList = z.object({ data: z.array(identityDto) }).meta({ id: 'LinkedIdentityList' });
export type IdentityList = z.infer<typeof identityList>;

export const toIdentityDto = ({ _id, provider, email, created_at }: LinkedIdentity): IdentityDto => ({
  id: _id,
  provider,
  email,
  created_at: created_at.toISOString(),
});
