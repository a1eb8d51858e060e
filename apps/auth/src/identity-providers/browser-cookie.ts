import type { FastifyRequest } from 'fastify';
import { cookiesNamed } from '../devices/cookies.js';
import { flowLifeSeconds, isBrowserSecret, newBrowserSecret } from './provider-flows.js';

const name = '__Host-idp';

/** The secret of the browser, if it has exactly one. */
export function browserSecretOf({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const [secret, ...others] = cookiesNamed(name, headers.cookie);
  return secret !== undefined && others.length === 0 && isBrowserSecret(secret) ? secret : undefined;
}

/** Two tabs may be on their way at once, so a browser keeps the secret that it has. */
export const browserSecretFor = (request: Pick<FastifyRequest, 'headers'>): string =>
  browserSecretOf(request) ?? newBrowserSecret();

/** Lax, because the browser comes back from another site. */
export const browserCookie = (secret: string): string =>
  `${name}=${secret}; Path=/; Max-Age=${flowLifeSeconds}; HttpOnly; Secure; SameSite=Lax`;
