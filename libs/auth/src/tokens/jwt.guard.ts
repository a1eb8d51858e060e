import { Injectable } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { AuthGuard } from '@nestjs/passport';
import { DomainError } from '@parley/platform';
import { AuthErrors } from '../refusals/auth.errors.js';
import type { Principal } from '../who/principal.js';
import { JwtStrategy, type TokenRequest } from './jwt.strategy.js';

/**
 * Nest's passport guard, run on a bare token rather than on the HTTP request: subject tokens and socket handshakes have no
 * request of their own, and passport writes its `logIn` and the like onto whatever it is given.
 */
@Injectable()
export class JwtGuard extends AuthGuard() {
  constructor(strategy: JwtStrategy) {
    super({ defaultStrategy: strategy.name, property: 'principal' satisfies keyof TokenRequest });
  }

  /** @throws DomainError `invalid_token`, `token_expired`, or `auth_unavailable` when no key can be had */
  async principalOf(token: string): Promise<Principal> {
    const request: TokenRequest = { token };
    await this.canActivate(new ExecutionContextHost([request]));
    if (!request.principal) throw AuthErrors.tokenInvalid();
    return request.principal;
  }

  /** @param reason why passport-jwt refused: our own refusal, or an error of jsonwebtoken whose wording stays inside */
  override handleRequest<User>(error: Error | null, user: User | false, reason: unknown): User {
    if (error) throw error;
    if (reason instanceof DomainError) throw reason;
    if (!user) throw AuthErrors.tokenInvalid();
    return user;
  }
}
