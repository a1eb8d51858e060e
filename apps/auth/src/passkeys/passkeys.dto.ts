import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { isoTime } from '@parley/contracts';
import { z } from 'zod';
import type { Passkey } from './passkey.schema.js';

const base64url = z
  .string()
  .min(1)
  .max(8_192)
  .regex(/^[A-Za-z0-9_-]+$/, 'is not base64url');
const extensions = z.record(z.string(), z.unknown()).default({});
const attachment = z.enum(['platform', 'cross-platform']).nullish();
const sample = 'A'.repeat(43);

/** What `navigator.credentials.create()` gives, in JSON (WebAuthn 3, 5.1.8). */
export const registrationResponse = z.object({
  id: base64url,
  rawId: base64url,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z.array(z.string().max(32)).max(10).optional(),
  }),
  authenticatorAttachment: attachment,
  clientExtensionResults: extensions,
});

/** What `navigator.credentials.get()` gives, in JSON. */
export const assertionResponse = z
  .object({
    id: base64url,
    rawId: base64url,
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: base64url,
      authenticatorData: base64url,
      signature: base64url,
      userHandle: z.string().max(200).nullish(),
    }),
    authenticatorAttachment: attachment,
    clientExtensionResults: extensions,
  })
  .meta({ id: 'PasskeyAssertion' });

export type GivenRegistration = z.infer<typeof registrationResponse>;
export type GivenAssertion = z.infer<typeof assertionResponse>;
export const toRegistration = (given: GivenRegistration) => given as unknown as RegistrationResponseJSON;
export const toAssertion = (given: GivenAssertion) => given as unknown as AuthenticationResponseJSON;

/** Well-formed, and of no passkey. */
export const sampleAssertion = {
  id: sample,
  rawId: sample,
  type: 'public-key',
  response: { clientDataJSON: sample, authenticatorData: sample, signature: sample },
  clientExtensionResults: {},
};
export const sampleRegistration = {
  ...sampleAssertion,
  response: { clientDataJSON: sample, attestationObject: sample },
};

/** Options for `navigator.credentials`, as the standard writes them in JSON. */
export const ceremonyOptions = z.record(z.string(), z.unknown()).meta({ id: 'PasskeyOptions' });

export const passkeyDto = z
  .object({
    id: z.string(),
    name: z.string(),
    is_synced: z.boolean().meta({ description: 'Whether it may be on several devices' }),
    created_at: isoTime,
    last_used_at: isoTime.nullable(),
  })
  .meta({ id: 'Passkey' });
export type PasskeyDto = z.infer<typeof passkeyDto>;

export const toPasskeyDto = ({ _id, name, is_synced, created_at, last_used_at }: Passkey): PasskeyDto => ({
  id: _id,
  name,
  is_synced,
  created_at: created_at.toISOString(),
  last_used_at: last_used_at?.toISOString() ?? null,
});
