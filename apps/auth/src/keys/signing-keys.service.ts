import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, ConfigError, isDuplicateKey, newId } from '@parley/platform';
import type { Model } from 'mongoose';
import { Secrets } from '../secrets/secrets.js';
import { type PublicKeyJwk, SIGNING_KEYS, type SigningKey } from './signing-key.schema.js';

/** The key pair that tokens are signed with. */
export interface CurrentKey {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  publicJwk: PublicKeyJwk;
}

/**
 * The key pair of this installation. It is made at the first start and stored encrypted; when several instances start at
 * once, one makes it and the others use that one.
 */
@Injectable()
export class SigningKeysService implements OnModuleInit {
  private key: CurrentKey | undefined;

  constructor(
    @InjectModel(SIGNING_KEYS) private readonly keys: Model<SigningKey>,
    private readonly secrets: Secrets,
    private readonly clock: Clock,
  ) {}

  /** @throws ConfigError when AUTH_KEK is not the one under which the stored key was encrypted */
  async onModuleInit(): Promise<void> {
    await this.keys.init();
    this.key = this.open((await this.findCurrent()) ?? (await this.make()));
  }

  get current(): CurrentKey {
    if (!this.key) throw new Error('Signing keys are used before they are loaded.');
    return this.key;
  }

  private findCurrent(): Promise<SigningKey | null> {
    return this.keys.findOne({ state: 'current' }).lean<SigningKey>();
  }

  private async make(): Promise<SigningKey> {
    const kid = newId('key');
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
    const key: SigningKey = {
      _id: kid,
      state: 'current',
      public_jwk: publicKey.export({ format: 'jwk' }) as PublicKeyJwk,
      sealed_private_key: this.secrets.seal('signing-key', kid, pkcs8),
      created_at: this.clock.date(),
    };
    try {
      await this.keys.create([key]);
      return key;
    } catch (error) {
      const winner = isDuplicateKey(error) ? await this.findCurrent() : null;
      if (!winner) throw error;
      return winner;
    }
  }

  private open({ _id: kid, sealed_private_key: sealed }: SigningKey): CurrentKey {
    const pkcs8 = this.secrets.unseal('signing-key', kid, sealed);
    if (!pkcs8) {
      throw new ConfigError([
        'AUTH_KEK: does not open the signing key in the database; set the value with which the key was made',
      ]);
    }
    const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    // The public half is derived, not read: a changed document cannot publish a key that is not ours.
    const publicKey = createPublicKey(privateKey);
    return { kid, privateKey, publicKey, publicJwk: publicKey.export({ format: 'jwk' }) as PublicKeyJwk };
  }
}
