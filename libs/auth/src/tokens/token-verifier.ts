import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock, DomainError } from '@parley/platform';
import { Strategy } from 'passport-jwt';
import { AUTH_LIB_OPTIONS, type AuthLibOptions } from './token-settings.js';
import { AuthErrors } from '../refusals/auth.errors.js';
import type { Principal } from '../who/principal.js';
import { isExpired, readHeader, toPrincipal } from './token-claims.js';
import { VerificationKeys } from '../keys/verification-keys.js';

/** How many verified tokens are remembered; checking a signature costs about 0.4 ms, a look-up a few microseconds. */
const maxRemembered = 10_000;
/** passport-jwt reads the token from a request; ours is handed over as one. */
type TokenRequest = { token: string };

/** Decides what a token is worth: signature by passport-jwt, everything else by our own rules. */
@Injectable()
export class TokenVerifier {
  private readonly strategy: Strategy;
  private readonly remembered = new Map<string, Principal>();

  constructor(
    @Inject(AUTH_LIB_OPTIONS) options: AuthLibOptions,
    private readonly keys: VerificationKeys,
    private readonly clock: Clock,
  ) {
    this.strategy = new Strategy(
      {
        jwtFromRequest: (request) => (request as unknown as TokenRequest).token,
        secretOrKeyProvider: (_request, token: string, done) => void this.provideKey(token, done),
        algorithms: ['ES256'],
        issuer: options.issuer,
        audience: options.service,
        // Both are checked in toPrincipal: there the clock is ours, and a missing `exp` is refused.
        ignoreExpiration: true,
        jsonWebTokenOptions: { ignoreNotBefore: true },
      },
      (claims: Record<string, unknown>, done: (error: unknown, claims: object) => void) => done(null, claims),
    );
  }

  /** @throws DomainError `invalid_token`, `token_expired`, or `auth_unavailable` when no key can be had */
  async verify(token: string): Promise<Principal> {
    const digest = createHash('sha256').update(token).digest('base64');
    const known = this.remembered.get(digest);
    if (known) return this.ifAlive(known, digest);
    const { kind } = readHeader(token);
    const principal = toPrincipal(kind, await this.readClaims(token), this.clock.now());
    this.remember(digest, principal);
    return principal;
  }

  /** Forgets verified tokens: called when a key or a login session is revoked. */
  forgetAll(): void {
    this.remembered.clear();
  }

  private ifAlive(principal: Principal, digest: string): Principal {
    if (!isExpired(principal.expiresAt, this.clock.now())) return principal;
    this.remembered.delete(digest);
    throw AuthErrors.tokenExpired();
  }

  private remember(digest: string, principal: Principal): void {
    if (this.remembered.size >= maxRemembered) this.remembered.delete(this.remembered.keys().next().value!);
    this.remembered.set(digest, principal);
  }

  /** Runs the strategy the way passport does, without its middleware: sockets and subject tokens have no request. */
  private readClaims(token: string): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      const attempt = Object.assign(Object.create(this.strategy) as Strategy, {
        success: (claims: Record<string, unknown>) => resolve(claims),
        fail: (reason: unknown) => reject(reason instanceof DomainError ? reason : AuthErrors.tokenInvalid()),
        error: (reason: unknown) => reject(reason as Error),
      });
      attempt.authenticate({ token } as unknown as Parameters<Strategy['authenticate']>[0]);
    });
  }

  private async provideKey(token: string, done: (error: unknown, key?: string) => void): Promise<void> {
    try {
      const key = await this.keys.find(readHeader(token).kid);
      if (key) done(null, key as unknown as string);
      else done(AuthErrors.tokenInvalid());
    } catch (error) {
      done(error);
    }
  }
}
