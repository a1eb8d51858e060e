import { type DynamicModule, Global, Module, type ModuleMetadata, type Provider } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { Clock, ServiceClient } from '@parley/platform';
import { AccessBeforeBody } from './http/access-before-body.js';
import { AccessGuard } from './http/access.guard.js';
import { RouteRulesCheck } from './http/route-rules.check.js';
import { RecentAuthenticationGuard } from './http/recently-authenticated.js';
import { Routes } from './http/routes.js';
import { JwksKeys } from './keys/jwks-keys.js';
import { VerificationKeys } from './keys/verification-keys.js';
import { AccessRules } from './may/access-rules.js';
import { PermissionSource } from './may/permission-source.js';
import { RemotePermissions } from './may/remote-permissions.js';
import { type ServiceCredentials, ServiceTokenClient } from './services/service-token-client.js';
import { BearerTokenReader } from './tokens/bearer-token.reader.js';
import { JwtGuard } from './tokens/jwt.guard.js';
import { JwtStrategy } from './tokens/jwt.strategy.js';
import { SubjectTokens } from './tokens/subject-tokens.js';
import { TOKEN_SETTINGS, type TokenSettings, tokenIssuer } from './tokens/token-settings.js';
import { TokenVerifier } from './tokens/token-verifier.js';
import type { CredentialReader } from './who/credential-reader.js';
import { CredentialReaders } from './who/credential-readers.js';

/** For services that fetch keys and grants from auth over HTTP. */
export interface RemoteAuthSettings {
  service: 'accounting' | 'chat';
  /** Auth's base URL, such as `http://auth:3000`. */
  authUrl: string;
  credentials: ServiceCredentials;
}

/** For auth itself, which has keys and grants in its own database. */
export interface LocalAuthSettings {
  /** The modules that export `VerificationKeys` and `PermissionSource`. */
  imports: NonNullable<ModuleMetadata['imports']>;
}

/** Puts the guard on every route of a service, and gives its features token verification and the caller's rights. */
@Global()
@Module({})
export class AuthLibModule {
  static remote({ service, authUrl, credentials }: RemoteAuthSettings): DynamicModule {
    const auth = new ServiceClient('auth', authUrl);
    return build(
      { audience: service, issuer: tokenIssuer },
      [],
      [
        {
          provide: ServiceTokenClient,
          inject: [Clock],
          useFactory: (clock: Clock) => new ServiceTokenClient(auth, credentials, clock),
        },
        { provide: VerificationKeys, inject: [Clock], useFactory: (clock: Clock) => new JwksKeys(auth, clock) },
        {
          provide: PermissionSource,
          inject: [ServiceTokenClient, Clock],
          useFactory: (tokens: ServiceTokenClient, clock: Clock) => new RemotePermissions(auth, tokens, clock),
        },
      ],
      [ServiceTokenClient, PermissionSource],
    );
  }

  static local({ imports }: LocalAuthSettings): DynamicModule {
    return build({ audience: 'auth', issuer: tokenIssuer }, imports, [], []);
  }
}

function build(
  tokens: TokenSettings,
  imports: NonNullable<ModuleMetadata['imports']>,
  providers: Provider[],
  exported: NonNullable<ModuleMetadata['exports']>,
): DynamicModule {
  return {
    module: AuthLibModule,
    imports: [DiscoveryModule, ...imports],
    providers: [
      { provide: TOKEN_SETTINGS, useValue: tokens },
      AccessGuard,
      { provide: APP_GUARD, useExisting: AccessGuard },
      { provide: APP_GUARD, useClass: RecentAuthenticationGuard },
      AccessBeforeBody,
      AccessRules,
      BearerTokenReader,
      {
        provide: CredentialReaders,
        inject: [BearerTokenReader],
        useFactory: (...readers: CredentialReader[]) => new CredentialReaders(readers),
      },
      JwtStrategy,
      JwtGuard,
      TokenVerifier,
      SubjectTokens,
      Routes,
      RouteRulesCheck,
      ...providers,
    ],
    exports: [CredentialReaders, AccessRules, TokenVerifier, SubjectTokens, ...exported],
  };
}
