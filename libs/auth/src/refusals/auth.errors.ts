import type { MembershipStatus } from '@parley/contracts';
import { DomainError } from '@parley/platform';

const realm = 'Bearer realm="parley"';

/** A token that proves nothing, or no longer. The challenge names the reason, which RFC 6750 calls `invalid_token` in every case. */
const voidToken = (code: string, detail: string) =>
  new DomainError('unauthenticated', code, detail, {
    challenge: `${realm}, error="invalid_token"${code === 'invalid_token' ? '' : `, error_description="${code}"`}`,
  });

const inactive: Readonly<Record<Exclude<MembershipStatus, 'active'>, string>> = {
  removed: 'User has been removed from this organization',
  suspended: 'User access has been suspended in this organization',
  invited: 'User invitation is still pending',
};

/** What the guard refuses, with the challenges of RFC 6750, 3. */
export const AuthErrors = {
  tokenMissing: () =>
    new DomainError('unauthenticated', 'token_missing', 'Missing authentication credentials', { challenge: realm }),
  /** There is an Authorization header, of a kind that no reader knows. */
  authorizationUnknown: () =>
    new DomainError('unauthenticated', 'token_missing', 'Invalid authorization', { challenge: realm }),
  authorizationMalformed: () => voidToken('invalid_token', 'Invalid authorization'),
  tokenInvalid: () => voidToken('invalid_token', 'Invalid or expired token'),
  tokenExpired: () => voidToken('token_expired', 'Invalid or expired token'),
  sessionRevoked: () => voidToken('session_revoked', 'This login session has ended.'),
  credentialChanged: () => voidToken('credential_changed', 'The token is from before a change of the credentials.'),
  severalTokens: () => new DomainError('invalid', 'invalid_request', 'Send exactly one Authorization header.'),
  severalCredentials: () => new DomainError('invalid', 'invalid_request', 'Send exactly one credential.'),
  accountDisabled: () => voidToken('account_disabled', 'User account is deactivated'),
  permissionDenied: (permission: string) =>
    new DomainError('forbidden', 'permission_denied', `Access denied. Required: ${permission}`, {
      facts: { permission },
      challenge: `${realm}, error="insufficient_scope", scope="${permission}"`,
    }),
  /** @param membership null for somebody who is no member, or not of an organisation that is still there */
  membershipInactive: (membership: MembershipStatus | null) =>
    new DomainError(
      'forbidden',
      'membership_inactive',
      membership === null || membership === 'active' ? 'User not active in organization' : inactive[membership],
      { facts: { membership: membership ?? 'none' } },
    ),
  organizationSuspended: () =>
    new DomainError('forbidden', 'organization_suspended', 'User not active in organization: it is suspended.'),
  /** An organisation that is not there and one where the user is no member look the same. */
  organizationNotFound: () => new DomainError('notFound', 'organization_not_found', 'There is no such organization.'),
  organizationIdInvalid: () => new DomainError('invalid', 'invalid_org_id', 'Invalid org id'),
  organizationMissing: () => new DomainError('invalid', 'org_id_missing', 'Required org_id parameter missing'),
  organizationsDiffer: () =>
    new DomainError('invalid', 'org_mismatch', 'The request names different organizations in different places.'),
  otherOrganization: () =>
    new DomainError(
      'forbidden',
      'org_mismatch',
      'The token is for another organization than the request. Switch first: POST /auth/switch-org.',
    ),
  /** Whoever asks is a visitor. */
  accountRequired: () => new DomainError('forbidden', 'account_required', 'Sign in with an account to do this.'),
  serviceTokenRequired: () =>
    new DomainError('forbidden', 'service_token_required', 'Only another service may call this route.'),
  userTokenRequired: () => new DomainError('forbidden', 'user_token_required', 'This route is for signed-in users.'),
  scopeMissing: (scope: string) =>
    new DomainError('forbidden', 'insufficient_scope', `The service token lacks the scope ${scope}.`, {
      facts: { scope },
    }),
  /** The challenge is RFC 9470's. */
  reauthenticationRequired: (maxAgeSeconds: number) =>
    new DomainError('forbidden', 'reauthentication_required', 'Show again who you are: POST /auth/reauthenticate.', {
      facts: { max_age: maxAgeSeconds },
      challenge: `${realm}, error="insufficient_user_authentication", max_age="${maxAgeSeconds}"`,
    }),
  subjectTokenMissing: () =>
    new DomainError(
      'unauthenticated',
      'subject_token_missing',
      'Send the user\'s own access token in "X-Subject-Token".',
      {
        challenge: realm,
      },
    ),
  keysUnavailable: (cause?: unknown) =>
    new DomainError('unavailable', 'auth_unavailable', 'Tokens cannot be checked right now.', {
      retryAfterSeconds: 2,
      cause,
    }),
  /** Whether the caller may is not known right now: neither yes nor no. */
  rightsUnavailable: (cause?: unknown) =>
    new DomainError('unavailable', 'authz_unavailable', 'Rights cannot be checked right now.', {
      retryAfterSeconds: 2,
      cause,
    }),
};
