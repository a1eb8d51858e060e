import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { VerificationKeys } from '@parley/auth';
import type { LoadedKey } from './key-pairs.js';
import { SigningKeysService } from './signing-keys.service.js';

/** Forged key ids must not make the database busy. */
const reloadPauseMs = 1_000;

/** Auth checks tokens with its own keys. */
@Injectable()
export class LocalVerificationKeys extends VerificationKeys {
  constructor(private readonly keys: SigningKeysService) {
    super();
  }

  async find(kid: string): Promise<KeyObject | undefined> {
    if (!this.findPublished(kid)) await this.keys.reload(reloadPauseMs);
    return this.findPublished(kid)?.publicKey;
  }

  async isInUse(kid: string): Promise<boolean> {
    // Another instance may have begun to sign with it.
    if (this.keys.find(kid)?.state === 'standby') await this.keys.reload(reloadPauseMs);
    return this.keys.find(kid)?.state !== 'standby';
  }

  private findPublished(kid: string): LoadedKey | undefined {
    return this.keys.published().find((key) => key.kid === kid);
  }
}
