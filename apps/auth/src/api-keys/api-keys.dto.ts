import { isPermissionPattern } from '@parley/auth';
import { isoTime, nonNegativeUcr } from '@parley/contracts';
import { z } from 'zod';
import { type ApiKey } from '../api-key-records/api-key.schema.js';
import { organizationId } from '../organizations/organizations.dto.js';

/** What a key is for that does not say: talking to models, and seeing which there are. */
export const usualScopes = ['chat:read', 'chat:write', 'chat:stream', 'models:read'];

const scope = z
  .string()
  .max(70)
  .refine(isPermissionPattern, 'is not a permission, nor a pattern of permissions')
  .meta({ description: 'A permission, or a pattern with `*`' });

export const createApiKey = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    scopes: z
      .array(scope)
      .min(1)
      .max(50)
      .optional()
      .meta({ description: 'What it may do, as far as its owner may; talking to models when left out' }),
    expires_at: isoTime.optional().meta({ description: 'When it ends; without it, when it is revoked' }),
    org_id: organizationId.optional().meta({ description: "Makes it an organization's key, which outlives your own" }),
    cap_ucr: nonNegativeUcr.optional().meta({ description: 'What all of its calls together may cost' }),
  })
  .meta({
    id: 'CreateApiKey',
    examples: [
      { name: 'Nightly summaries', scopes: ['chat:*', 'models:read'], cap_ucr: 5_000_000 },
      { name: 'Help desk' },
    ],
  });
export type CreateApiKey = z.infer<typeof createApiKey>;

export const apiKeysQuery = z.strictObject({
  org_id: organizationId.optional().meta({ description: "The organization's keys instead of your own" }),
});
export type ApiKeysQuery = z.infer<typeof apiKeysQuery>;

const maxOverlapSeconds = 7 * 86_400;
export const rotateApiKey = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(maxOverlapSeconds)
      .default(86_400)
      .meta({ description: 'How long the key before it works on' }),
  })
  .meta({ id: 'RotateApiKey', examples: [{ overlap_seconds: 3_600 }] });
export type RotateApiKey = z.output<typeof rotateApiKey>;

export const apiKeyId = z.string().min(1).max(100);

export const apiKeyDto = z
  .object({
    id: z.string(),
    name: z.string(),
    org_id: z.string().nullable(),
    created_by: z.string(),
    prefix: z.string().meta({ description: 'How the key begins' }),
    last4: z.string().meta({ description: 'How it ends' }),
    scopes: z.array(z.string()),
    cap_ucr: nonNegativeUcr.nullable(),
    expires_at: isoTime.nullable(),
    last_used_at: isoTime.nullable().meta({ description: 'To the minute' }),
    created_at: isoTime,
    rotated_at: isoTime.nullable(),
    previous_valid_until: isoTime.nullable().meta({ description: 'Until when the key before the last rotation works' }),
  })
  .meta({ id: 'ApiKey' });
export type ApiKeyDto = z.infer<typeof apiKeyDto>;

export const shownApiKey = apiKeyDto
  .extend({ key: z.string().meta({ description: 'The key itself. It is shown only now.' }) })
  .meta({ id: 'ShownApiKey' });
export type ShownApiKey = z.infer<typeof shownApiKey>;

export const apiKeyList = z.object({ data: z.array(apiKeyDto) }).meta({ id: 'ApiKeyList' });
export type ApiKeyList = z.infer<typeof apiKeyList>;

export const toApiKeyDto = (key: ApiKey): ApiKeyDto => ({
  id: key._id,
  name: key.name,
  org_id: key.org_id,
  created_by: key.created_by,
  prefix: key.prefix,
  last4: key.last4,
  scopes: [...key.scopes],
  cap_ucr: key.cap_ucr,
  expires_at: toTime(key.expires_at),
  last_used_at: toTime(key.last_used_at),
  created_at: key.created_at.toISOString(),
  rotated_at: toTime(key.rotated_at),
  previous_valid_until: toTime(key.previous_valid_until ?? null),
});

const toTime = (at: Date | null): string | null => at?.toISOString() ?? null;
