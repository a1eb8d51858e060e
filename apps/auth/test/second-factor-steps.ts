import { expect } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { TestService } from '@parley/testing';
import jwt from 'jsonwebtoken';
import type { Connection } from 'mongoose';
import { generateSync } from 'otplib';
import { type AuthInstallation, logIn } from './running-auth.js';

/** What users with an authenticator app do. */
export class SecondFactorSteps {
  constructor(
    private readonly installation: AuthInstallation,
    private readonly auth: () => TestService,
  ) {}

  post = (path: string, body?: unknown, token?: string) =>
    this.auth().http.post(path, body, token === undefined ? {} : { token });

  password = (username: string, body: object = {}) =>
    this.post('/auth/login', { username, password: `parley-${username}-demo`, ...body });

  codeNow = (secret: string, stepsAway = 0) =>
    generateSync({ secret, epoch: this.installation.clock.now() / 1_000 + stepsAway * 30 });

  /** A fresh code each time: the one of a step that was not used yet. */
  freshCode = (secret: string) => {
    this.installation.clock.advance(30_000);
    return this.codeNow(secret);
  };

  /** Signs a user in, sets up an app and ends up with its secret, its recovery codes and the session's token. */
  setUp = async (username: string) => {
    const token = await logIn(this.auth(), username);
    const begun = await this.post('/auth/mfa/totp', undefined, token);
    expect(begun.status).toBe(201);
    const { secret } = begun.body as { secret: string };
    const confirmed = await this.post('/auth/mfa/totp/confirm', { code: this.codeNow(secret) }, token);
    expect(confirmed.status).toBe(200);
    return { token, secret, recoveryCodes: confirmed.body.recovery_codes as string[] };
  };

  get database(): Connection {
    return this.auth().app.get(getConnectionToken(), { strict: false });
  }

  cleanUp = async () => {
    for (const name of ['second_factors', 'sign_in_counters', 'pending_sign_ins', 'passkeys', 'mail_outbox']) {
      await this.database.collection(name).deleteMany({});
    }
  };
}

export const claimsOf = (token: string) =>
  jwt.decode(token) as { sub: string; sid: string; amr: string[]; auth_time: number };
