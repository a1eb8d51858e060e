import { z } from 'zod';
import type { CurrentKey } from './signing-keys.service.js';

/** A JSON Web Key Set (RFC 7517) of the public halves. */
export const jwks = z
  .object({
    keys: z.array(
      z.object({
        kty: z.literal('EC'),
        crv: z.literal('P-256'),
        x: z.string(),
        y: z.string(),
        kid: z.string(),
        use: z.literal('sig'),
        alg: z.literal('ES256'),
      }),
    ),
  })
  .meta({ id: 'Jwks' });
export type Jwks = z.infer<typeof jwks>;

export const toJwks = (keys: readonly CurrentKey[]): Jwks => ({
  keys: keys.map(({ kid, publicJwk: { kty, crv, x, y } }) => ({ kty, crv, x, y, kid, use: 'sig', alg: 'ES256' })),
});
