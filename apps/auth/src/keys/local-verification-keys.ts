import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { VerificationKeys } from '@parley/auth';
import { SigningKeysService } from './signing-keys.service.js';

/** Auth checks tokens with its own keys. */
@Injectable()
export class LocalVerificationKeys extends VerificationKeys {
  constructor(private readonly keys: SigningKeysService) {
    super();
  }

  find(kid: string): Promise<KeyObject | undefined> {
    const { current } = this.keys;
    return Promise.resolve(kid === current.kid ? current.publicKey : undefined);
  }
}
