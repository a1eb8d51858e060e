import { hkdfSync } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { seal, unseal } from './seal.js';

/** AUTH_KEK, the key-encryption key of the installation. */
export const KEY_ENCRYPTION_SECRET = Symbol('KeyEncryptionSecret');

/** What a derived key is for: each purpose has a key of its own, so that what was made for one is worth nothing to another. */
export type SecretPurpose =
  'signing-key' | 'throttling' | 'refresh-token' | 'device' | 'anonymous' | 'second-factor' | 'sign-in';

/** Keys derived from the one secret that an installation keeps (HKDF-SHA256, RFC 5869). */
@Injectable()
export class Secrets {
  private readonly keys = new Map<SecretPurpose, Buffer>();

  constructor(@Inject(KEY_ENCRYPTION_SECRET) private readonly secret: string) {}

  /** @returns 32 bytes */
  keyFor(purpose: SecretPurpose): Buffer {
    const known = this.keys.get(purpose);
    if (known) return known;
    const key = Buffer.from(hkdfSync('sha256', this.secret, '', `parley auth ${purpose} v1`, 32));
    this.keys.set(purpose, key);
    return key;
  }

  /** Encrypts for storage; the sealed text opens only for the same purpose and name. */
  seal(purpose: SecretPurpose, name: string, plain: Buffer): string {
    return seal(this.keyFor(purpose), name, plain);
  }

  /** @returns undefined when it was sealed under another secret, purpose or name, or was changed */
  unseal(purpose: SecretPurpose, name: string, sealed: string): Buffer | undefined {
    return unseal(this.keyFor(purpose), name, sealed);
  }
}
