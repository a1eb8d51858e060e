import { createHash, type KeyObject } from 'node:crypto';

/** The SHA-256 thumbprint of a public key (RFC 7638). */
export function thumbprint(publicKey: KeyObject): string {
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
