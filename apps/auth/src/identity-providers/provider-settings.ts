import { readFileSync } from 'node:fs';
import { z } from 'zod';

const providerId = /^[a-z0-9][a-z0-9-]{0,30}$/;

/** One identity provider, as OIDC_PROVIDERS names it. */
export const providerSettings = z.strictObject({
  id: z.string().regex(providerId, 'holds lower-case letters, digits and dashes'),
  name: z.string().min(1).max(60),
  /** Exactly as the provider's discovery document writes it. */
  issuer: z.url({ protocol: /^https?$/ }),
  client_id: z.string().min(1),
  client_secret: z.string().min(1),
  scopes: z.string().default('openid email profile'),
});
export type ProviderSettings = z.infer<typeof providerSettings>;

const list = z
  .array(providerSettings)
  .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'has two providers with one id')
  .refine((all) => all.every(({ issuer }) => isSafe(issuer)), 'has an issuer without https that is not on this machine')
  .refine((all) => all.every(({ scopes }) => scopes.split(' ').includes('openid')), 'has scopes without openid');

/** @throws Error that says what is wrong, without any value */
export function readProviders(json: string | undefined, file: string | undefined): ProviderSettings[] {
  if (json === undefined && file === undefined) return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(json ?? readFileSync(file!, 'utf8'));
  } catch {
    throw new Error('cannot be read as JSON');
  }
  const result = list.safeParse(parsed);
  if (result.success) return result.data;
  throw new Error(result.error.issues.map(({ path, message }) => [...path, message].join(' ')).join('; '));
}

/** Whether an issuer is on this machine, where there is no TLS to ask for. */
export const isLoopbackUrl = (url: string): boolean => /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(url);

const isSafe = (issuer: string): boolean => issuer.startsWith('https://') || isLoopbackUrl(issuer);

/** What signing in by providers needs to know. */
export interface ProvidersConfig {
  providers: readonly ProviderSettings[];
  /** Where browsers reach auth; the providers send them back there. */
  publicUrl: string;
  /** Where browsers end up. */
  webUrl: string;
  /** The paths of `webUrl` that a sign-in may lead to; the first unless it says otherwise. */
  returnPaths: readonly string[];
  /** Whether somebody who is unknown gets an account. */
  signupIsOpen: boolean;
}

export const PROVIDERS_CONFIG = Symbol('ProvidersConfig');
