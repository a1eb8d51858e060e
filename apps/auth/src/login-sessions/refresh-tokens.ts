import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Secrets } from '../secrets/secrets.js';
import type { LoginSession } from './login-session.schema.js';
import { isOfSession, readRefreshToken, type RefreshToken, writeRefreshToken } from './refresh-token.js';

/** Makes and reads refresh tokens. Whoever has the database alone, or the key-encryption key alone, can make none. */
@Injectable()
export class RefreshTokens {
  constructor(private readonly secrets: Secrets) {}

  /** @returns a new session's key, sealed for storage */
  newKey(sid: string): string {
    return this.secrets.seal('refresh-token', sid, randomBytes(32));
  }

  /** @param counter which of the session's tokens, counted from 0 */
  write({ _id: sid, refresh_key }: Pick<LoginSession, '_id' | 'refresh_key'>, counter: number): string {
    return writeRefreshToken(this.ourKey, this.open(sid, refresh_key), sid, counter);
  }

  /** @returns undefined for what this installation has not made; nothing is looked up for that */
  read(token: string): RefreshToken | undefined {
    return readRefreshToken(this.ourKey, token);
  }

  isOf({ _id: sid, refresh_key }: Pick<LoginSession, '_id' | 'refresh_key'>, token: RefreshToken): boolean {
    return sid === token.sid && isOfSession(this.open(sid, refresh_key), token);
  }

  private get ourKey(): Buffer {
    return this.secrets.keyFor('refresh-token');
  }

  private open(sid: string, sealed: string): Buffer {
    const key = this.secrets.unseal('refresh-token', sid, sealed);
    if (!key) throw new Error(`the refresh key of ${sid} does not open with this AUTH_KEK`);
    return key;
  }
}
