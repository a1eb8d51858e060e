import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import { ACCESS_RULE, type AccessRule, ApiProblems } from '@parley/platform';
import type { Caller } from '../who/credential-reader.js';
import type { Principal, UserPrincipal } from '../who/principal.js';

const rule = (value: AccessRule) => SetMetadata(ACCESS_RULE, value);
const signedOut = {
  400: ['invalid_org_id', 'org_mismatch'],
  401: ['token_missing', 'invalid_token', 'token_expired', 'session_revoked', 'credential_changed', 'account_disabled'],
  503: ['auth_unavailable', 'authz_unavailable'],
};

const outOfPlace = ['org_mismatch', 'membership_inactive', 'organization_suspended'];

/**
 * Any signed-in user, about their own things; with `visitors`, also those who have not signed in; with `anyOrganization`, also those whose
 * membership in the token's organisation has ended.
 */
export const SignedIn = ({ visitors = false, anyOrganization = false } = {}) =>
  applyDecorators(
    rule({ kind: 'user', visitors, anyOrganization }),
    ApiBearerAuth('access_token'),
    ApiProblems({ ...signedOut, 403: [...(visitors ? [] : ['account_required']), ...outOfPlace] }),
  );

/**
 * Users whose role grants `resource:action`. Where the catalogue says that it is a permission of organisations, the route acts in the
 * organisation of the request (see `CurrentOrganization`). With `orScope`, also services whose token carries that scope.
 */
export const RequirePermission = (resource: string, action: string, { orScope }: { orScope?: string } = {}) =>
  applyDecorators(
    rule({ kind: 'permission', permission: `${resource}:${action}`, ...(orScope === undefined ? {} : { orScope }) }),
    ApiBearerAuth('access_token'),
    ...(orScope === undefined ? [] : [ApiBearerAuth('service_token')]),
    ApiProblems({ ...signedOut, 403: ['permission_denied', ...outOfPlace] }),
  );

export const SENSITIVE = Symbol('Sensitive');

/**
 * A route that moves money, or gives or takes rights. As long as the security events come it costs nothing; while they do not,
 * auth is asked about the token itself, and where that fails too the answer is 503 `authz_unavailable`.
 */
export const Sensitive = () => SetMetadata(SENSITIVE, true);

/** Only services whose token carries the scope; never users. */
export const RequireScope = (scope: string) =>
  applyDecorators(
    rule({ kind: 'service', scope }),
    ApiBearerAuth('service_token'),
    ApiProblems({
      401: ['token_missing', 'invalid_token', 'token_expired'],
      403: ['service_token_required', 'insufficient_scope'],
      503: ['auth_unavailable', 'authz_unavailable'],
    }),
  );

/** What the guard leaves on the request. */
export type AuthenticatedRequest = Partial<Caller>;

/** The signed-in user, on a route for users. */
export const CurrentUser = createParamDecorator((_data: unknown, context: ExecutionContext): UserPrincipal => {
  const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (principal?.kind !== 'user') throw new Error('@CurrentUser() stands on a route that is not for users');
  return principal;
});

/** The organisation in which a route acts whose permission is one of organisations. */
export const CurrentOrganization = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (principal?.kind !== 'user' || principal.orgId === null)
    throw new Error('@CurrentOrganization() stands on a route that is not about organisations');
  return principal.orgId;
});

/** The caller's own access token, for `X-Subject-Token`. Never log it. */
export const AccessToken = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const { accessToken } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!accessToken) throw new Error('@AccessToken() stands on a route that is not for users');
  return accessToken;
});

/** Whoever is calling, on a route for both users and services. */
export const CurrentPrincipal = createParamDecorator((_data: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!principal) throw new Error('@CurrentPrincipal() stands on a public route');
  return principal;
});

/** The name of the calling service, from its verified token. */
export const CallingService = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (principal?.kind !== 'service') throw new Error('@CallingService() stands on a route that is not for services');
  return principal.service;
});
