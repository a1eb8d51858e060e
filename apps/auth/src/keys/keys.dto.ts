import { z } from 'zod';
import type { LoadedKey } from './key-pairs.js';

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
        /** A member of our own (RFC 7517, 4): nothing is signed yet with a key on standby. */
        state: z.enum(['standby', 'current', 'previous']),
      }),
    ),
  })
  .meta({ id: 'Jwks' });
export type Jwks = z.infer<typeof jwks>;

export const toJwks = (keys: readonly LoadedKey[]): Jwks => ({
  keys: keys.map(({ kid, state, publicJwk: { kty, crv, x, y } }) => ({
    ...{ kty, crv, x, y, kid, use: 'sig' as const, alg: 'ES256' as const },
    state: state as Exclude<typeof state, 'revoked'>,
  })),
});
