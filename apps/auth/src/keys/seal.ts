import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const version = 'v1';
const nonceBytes = 12;
const tagBytes = 16;

/** Each purpose has a key of its own, so that a sealed signing key never opens as anything else. */
const keyFor = (secret: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', `parley auth signing-key ${version}`, 32));

/**
 * Encrypts and authenticates with AES-256-GCM under a key derived from `secret` (HKDF-SHA256, RFC 5869).
 * @param name what is sealed; the sealed text opens only under the same name
 * @returns `v1.` and base64url of nonce, tag and ciphertext
 */
export function seal(secret: string, name: string, plain: Buffer): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, keyFor(secret), nonce).setAAD(Buffer.from(name));
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return `${version}.${Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('base64url')}`;
}

/** @returns undefined when the secret or the name is a different one, or the text was changed */
export function unseal(secret: string, name: string, sealed: string): Buffer | undefined {
  const [given, text = ''] = sealed.split('.');
  const bytes = Buffer.from(text, 'base64url');
  if (given !== version || bytes.length < nonceBytes + tagBytes) return undefined;
  const decipher = createDecipheriv(algorithm, keyFor(secret), bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(name)).setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}
