import { Injectable } from '@nestjs/common';
import { tokenIssuer, tokenTypes } from '@parley/auth';
import { Clock, newUuid } from '@parley/platform';
import jwt from 'jsonwebtoken';
import { SigningKeysService } from './signing-keys.service.js';

/** A signed token and how long it lives. */
export interface SignedToken {
  token: string;
  lifeSeconds: number;
}

/** Signs tokens (ES256, RFC 7518 3.4) with the current key; issuer, id and times are the same for every kind. */
@Injectable()
export class TokenSigner {
  constructor(
    private readonly keys: SigningKeysService,
    private readonly clock: Clock,
  ) {}

  sign(kind: keyof typeof tokenTypes, lifeSeconds: number, claims: Readonly<Record<string, unknown>>): SignedToken {
    const { kid, privateKey } = this.keys.current;
    const nowMs = this.clock.now();
    const iat = Math.floor(nowMs / 1000);
    // Seconds are too coarse for "everything issued before this moment is void", so the milliseconds go along.
    const times = { iat, iat_ms: nowMs, nbf: iat, exp: iat + lifeSeconds };
    const payload = { iss: tokenIssuer, jti: newUuid(), ...times, ...claims };
    const header = { alg: 'ES256', typ: tokenTypes[kind], kid };
    return { token: jwt.sign(payload, privateKey, { algorithm: 'ES256', header }), lifeSeconds };
  }
}
