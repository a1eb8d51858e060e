import type { KeyObject } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Clock, newUuid } from '@parley/platform';
import passport from 'passport';
import { Strategy } from 'passport-jwt';
import { VerificationKeys } from '../keys/verification-keys.js';
import { AuthErrors } from '../refusals/auth.errors.js';
import type { Principal } from '../who/principal.js';
import { readHeader, toPrincipal } from './token-claims.js';
import { TOKEN_SETTINGS, type TokenSettings } from './token-settings.js';

/** What passport sees as the request: just the token, wherever it was sent. */
export interface TokenRequest {
  readonly token: string;
  principal?: Principal;
}

/** Checks a token (JWT, RFC 7519): signature, issuer and audience by passport-jwt, the rest by our own rules. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) implements OnApplicationShutdown {
  constructor(
    @Inject(TOKEN_SETTINGS) { issuer, audience }: TokenSettings,
    private readonly keys: VerificationKeys,
    private readonly clock: Clock,
  ) {
    super({
      jwtFromRequest: ({ token }: TokenRequest) => token,
      secretOrKeyProvider: (_request, token: string, done) => void provideKey(keys, token, done),
      algorithms: ['ES256'],
      issuer,
      audience,
      // Both are checked in toPrincipal: there the clock is ours, and a missing `exp` is refused.
      ignoreExpiration: true,
      jsonWebTokenOptions: { ignoreNotBefore: true },
      passReqToCallback: true,
    });
    // Passport keeps one list of strategies for the whole process, and PassportStrategy has just put this one on it as "jwt".
    // Of two services in one process the later would check the other's tokens too, so each goes by a name of its own.
    this.name = `jwt-${newUuid()}`;
    passport.unuse('jwt').use(this.name, this);
  }

  /**
   * Called by passport once the signature, the issuer and the audience are right.
   * @throws DomainError `invalid_token`, `token_expired`, or `auth_unavailable`
   */
  async validate({ token }: TokenRequest, claims: Readonly<Record<string, unknown>>): Promise<Principal> {
    const header = readHeader(token);
    if (!(await this.keys.isInUse(header.kid))) throw AuthErrors.tokenInvalid();
    return toPrincipal(header, claims, this.clock.now());
  }

  onApplicationShutdown(): void {
    passport.unuse(this.name);
  }
}

type KeyDone = (error: unknown, key?: string) => void;

async function provideKey(keys: VerificationKeys, token: string, done: KeyDone): Promise<void> {
  try {
    const key: KeyObject | undefined = await keys.find(readHeader(token).kid);
    // passport-jwt's types allow only text, but jsonwebtoken takes the object too. Text would have to be parsed at every
    // check, which more than doubles the cost.
    if (key) done(null, key as KeyObject & string);
    else done(AuthErrors.tokenInvalid());
  } catch (error) {
    // A failed look-up, or what jsonwebtoken throws when the payload is not an object.
    done(error);
  }
}
