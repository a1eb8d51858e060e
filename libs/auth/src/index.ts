export { Public } from '@parley/platform';
export { AuthLibModule, type LocalAuthSettings, type RemoteAuthSettings } from './auth-lib.module.js';
export {
  AccessToken,
  CallingService,
  CurrentOrganization,
  CurrentPrincipal,
  CurrentUser,
  RequirePermission,
  RequireScope,
  Sensitive,
  SignedIn,
  type AuthenticatedRequest,
} from './http/decorators.js';
export { RecentlyAuthenticated } from './http/recently-authenticated.js';
export { SensitiveCalls } from './introspection/sensitive-calls.js';
export { VerificationKeys } from './keys/verification-keys.js';
export { AccessRules } from './may/access-rules.js';
export { contains, covers, isPermission, isPermissionPattern } from './may/permission.js';
export { PermissionCatalogue } from './may/permission-catalogue.js';
export { PermissionSource } from './may/permission-source.js';
export { globMatches } from './may/glob.js';
export { noMember, standingOf, type Standing } from './may/standing.js';
export { AuthErrors } from './refusals/auth.errors.js';
export { Revocations } from './revocations/revocations.js';
export { SecurityFeed } from './revocations/security-feed.js';
export { TokenRefusals } from './refusals/token-refusals.js';
export { ServiceTokenClient } from './services/service-token-client.js';
export { SubjectTokens } from './tokens/subject-tokens.js';
export { tokenTypes } from './tokens/token-claims.js';
export { tokenIssuer } from './tokens/token-settings.js';
export { TokenVerifier } from './tokens/token-verifier.js';
export { type Caller, type Carrier, CredentialReader } from './who/credential-reader.js';
export { CredentialReaders } from './who/credential-readers.js';
export type { Principal, ServicePrincipal, UserPrincipal } from './who/principal.js';
