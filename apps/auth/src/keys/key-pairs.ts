import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ConfigError, newId } from '@parley/platform';
import { Secrets } from '../secrets/secrets.js';
import type { KeyState, PublicKeyJwk, SigningKey } from './signing-key.schema.js';

/** A key as this process uses it. */
export interface LoadedKey {
  kid: string;
  state: KeyState;
  publicKey: KeyObject;
  publicJwk: PublicKeyJwk;
  /** Undefined when it does not sign any more. */
  privateKey: KeyObject | undefined;
  /** Milliseconds since the epoch; a key is good until then. */
  retireAt: number;
  longestLifeSeconds: number;
}

/** Makes key pairs, and reads them from what is stored. */
@Injectable()
export class KeyPairs {
  constructor(private readonly secrets: Secrets) {}

  make(state: 'standby' | 'current', now: Date, longestLifeSeconds: number): SigningKey {
    const kid = newId('key');
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
    return {
      _id: kid,
      state,
      ...(state === 'standby' ? { is_standby: true } : { current_since: now }),
      public_jwk: publicKey.export({ format: 'jwk' }) as PublicKeyJwk,
      sealed_private_key: this.secrets.seal('signing-key', kid, pkcs8),
      created_at: now,
      longest_life_seconds: longestLifeSeconds,
    };
  }

  /** @throws ConfigError when AUTH_KEK is not the one under which the key was sealed */
  open(stored: SigningKey): LoadedKey {
    const { _id: kid, state, sealed_private_key: sealed, retire_at: retireAt } = stored;
    const privateKey = sealed === undefined ? undefined : this.unseal(kid, sealed);
    // Where there is a private half the public one is derived, so a changed document cannot publish a key that is not ours.
    const publicKey = createPublicKey(privateKey ?? { key: { ...stored.public_jwk }, format: 'jwk' });
    return {
      ...{ kid, state, publicKey, privateKey },
      publicJwk: publicKey.export({ format: 'jwk' }) as PublicKeyJwk,
      retireAt: retireAt?.getTime() ?? Number.POSITIVE_INFINITY,
      longestLifeSeconds: stored.longest_life_seconds ?? 0,
    };
  }

  private unseal(kid: string, sealed: string): KeyObject {
    const pkcs8 = this.secrets.unseal('signing-key', kid, sealed);
    if (!pkcs8) {
      throw new ConfigError([
        'AUTH_KEK: does not open the signing key in the database; set the value with which the key was made',
      ]);
    }
    return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  }
}
