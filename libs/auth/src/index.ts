export { Public } from '@parley/platform';
export { AuthLibModule, type LocalAuthSettings, type RemoteAuthSettings } from './auth-lib.module.js';
export { tokenIssuer } from './auth-lib-options.js';
export { AuthErrors } from './auth.errors.js';
export {
  AccessToken,
  CallingService,
  CurrentPrincipal,
  CurrentUser,
  RequirePermission,
  RequireScope,
  SignedIn,
  type AuthenticatedRequest,
} from './decorators.js';
export { covers, isPermissionPattern } from './permission.js';
export { PermissionSource } from './permission-source.js';
export type { Principal, ServicePrincipal, UserPrincipal } from './principal.js';
export { ServiceTokenClient } from './service-token-client.js';
export { SubjectTokens } from './subject-token.js';
export { tokenTypes } from './token-claims.js';
export { TokenVerifier } from './token-verifier.js';
export { VerificationKeys } from './verification-keys.js';
