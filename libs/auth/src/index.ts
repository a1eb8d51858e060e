export { Public } from '@parley/platform';
export { AuthLibModule, type LocalAuthSettings, type RemoteAuthSettings } from './auth-lib.module.js';
export { tokenIssuer } from './tokens/token-settings.js';
export { AuthErrors } from './refusals/auth.errors.js';
export {
  AccessToken,
  CallingService,
  CurrentPrincipal,
  CurrentUser,
  RequirePermission,
  RequireScope,
  SignedIn,
  type AuthenticatedRequest,
} from './http/decorators.js';
export { covers, isPermissionPattern } from './may/permission.js';
export { PermissionSource } from './may/permission-source.js';
export type { Principal, ServicePrincipal, UserPrincipal } from './who/principal.js';
export { ServiceTokenClient } from './services/service-token-client.js';
export { SubjectTokens } from './tokens/subject-tokens.js';
export { tokenTypes } from './tokens/token-claims.js';
export { TokenVerifier } from './tokens/token-verifier.js';
export { VerificationKeys } from './keys/verification-keys.js';
