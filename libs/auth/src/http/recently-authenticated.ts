import { type CanActivate, type ExecutionContext, Injectable, SetMetadata, applyDecorators } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiProblems, Clock } from '@parley/platform';
import { AuthErrors } from '../refusals/auth.errors.js';
import type { AuthenticatedRequest } from './decorators.js';
import { RouteMetadata } from './route-metadata.js';

const MAX_AGE_SECONDS = Symbol('MaxAgeSeconds');

/**
 * Users who have shown within the last `seconds` who they are: by signing in, or again by `POST /auth/reauthenticate`. For what a token
 * that was left behind or stolen must not be enough for. It stands beside `@SignedIn()` or `@RequirePermission()`.
 */
export const RecentlyAuthenticated = (seconds: number) =>
  applyDecorators(SetMetadata(MAX_AGE_SECONDS, seconds), ApiProblems({ 403: ['reauthentication_required'] }));

/** Comes after the guard that says who is calling. */
@Injectable()
export class RecentAuthenticationGuard implements CanActivate {
  private readonly maxAges: RouteMetadata<number | undefined>;

  constructor(
    reflector: Reflector,
    private readonly clock: Clock,
  ) {
    this.maxAges = new RouteMetadata((where) =>
      reflector.getAllAndOverride<number | undefined>(MAX_AGE_SECONDS, where),
    );
  }

  canActivate(context: ExecutionContext): boolean {
    const seconds = this.maxAges.of(context);
    if (seconds === undefined) return true;
    const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (principal?.kind !== 'user') throw AuthErrors.userTokenRequired();
    // `auth_time` is in whole seconds.
    if (this.clock.now() - principal.authTime <= (seconds + 1) * 1_000) return true;
    throw AuthErrors.reauthenticationRequired(seconds);
  }
}
