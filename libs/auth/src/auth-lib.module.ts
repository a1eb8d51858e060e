import { type DynamicModule, Global, Module, type ModuleMetadata, type Provider } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import type { CataloguePermission } from '@parley/contracts';
import { Clock, LOGGER, type Logger, PeriodicJobs, ReadinessChecks, ServiceClient } from '@parley/platform';
import { HealthConfigController } from './health/health-config.controller.js';
import { AccessBeforeBody } from './http/access-before-body.js';
import { AccessGuard } from './http/access.guard.js';
import { RouteRulesCheck } from './http/route-rules.check.js';
import { RecentAuthenticationGuard } from './http/recently-authenticated.js';
import { Routes } from './http/routes.js';
import { Introspection, LocalIntrospection, RemoteIntrospection } from './introspection/introspection.js';
import { SensitiveCalls } from './introspection/sensitive-calls.js';
import { JwksKeys } from './keys/jwks-keys.js';
import { JwksRefresh } from './keys/jwks-refresh.js';
import { VerificationKeys } from './keys/verification-keys.js';
import { AccessRules } from './may/access-rules.js';
import { CachedPermissions } from './may/cached-permissions.js';
import { PermissionCatalogue } from './may/permission-catalogue.js';
import { PermissionSource } from './may/permission-source.js';
import { RemoteSecurityFeed } from './revocations/remote-security-feed.js';
import { Revocations } from './revocations/revocations.js';
import { SecurityFeed } from './revocations/security-feed.js';
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
  /** What the service's routes ask for. */
  permissions: readonly CataloguePermission[];
}

/** For auth itself, which has keys and grants in its own database. */
export interface LocalAuthSettings {
  /** The modules that export `VerificationKeys`, `PermissionSource`, `SecurityFeed` and the `Revocations` that it fills. */
  imports: NonNullable<ModuleMetadata['imports']>;
  permissions: readonly CataloguePermission[];
}

/** Puts the guard on every route of a service, and gives its features token verification and the caller's rights. */
@Global()
@Module({})
export class AuthLibModule {
  static remote({ service, authUrl, credentials, permissions }: RemoteAuthSettings): DynamicModule {
    return build(
      { audience: service, issuer: tokenIssuer },
      permissions,
      [],
      remoteProviders(new ServiceClient('auth', authUrl), credentials),
      [ServiceTokenClient, PermissionSource, Revocations, SecurityFeed],
    );
  }

  static local({ imports, permissions }: LocalAuthSettings): DynamicModule {
    const introspection = { provide: Introspection, useClass: LocalIntrospection };
    return build({ audience: 'auth', issuer: tokenIssuer }, permissions, imports, [introspection], []);
  }
}

/** What knows auth only over HTTP. */
const remoteProviders = (auth: ServiceClient, credentials: ServiceCredentials): Provider[] => [
  Revocations,
  {
    provide: ServiceTokenClient,
    inject: [Clock],
    useFactory: (clock: Clock) => new ServiceTokenClient(auth, credentials, clock),
  },
  {
    provide: SecurityFeed,
    inject: [ServiceTokenClient, Revocations, ReadinessChecks, Clock, LOGGER],
    useFactory: (
      ...[tokens, revocations, readiness, clock, logger]: [
        ...[ServiceTokenClient, Revocations, ReadinessChecks, Clock],
        Logger,
      ]
    ) => new RemoteSecurityFeed({ auth, tokens, revocations, readiness, clock, logger }),
  },
  { provide: JwksKeys, inject: [Clock], useFactory: (clock: Clock) => new JwksKeys(auth, clock) },
  { provide: VerificationKeys, useExisting: JwksKeys },
  {
    provide: JwksRefresh,
    inject: [JwksKeys, Revocations, PeriodicJobs],
    useFactory: (keys: JwksKeys, revocations: Revocations, jobs: PeriodicJobs) =>
      new JwksRefresh(keys, revocations, jobs),
  },
  {
    provide: PermissionSource,
    inject: [ServiceTokenClient, Clock, Revocations, PermissionCatalogue],
    useFactory: (...[tokens, ...rest]: [ServiceTokenClient, Clock, Revocations, PermissionCatalogue]) =>
      new CachedPermissions(auth, tokens, ...rest),
  },
  {
    provide: Introspection,
    inject: [ServiceTokenClient],
    useFactory: (tokens: ServiceTokenClient) => new RemoteIntrospection(auth, tokens),
  },
];

function build(
  tokens: TokenSettings,
  permissions: readonly CataloguePermission[],
  imports: NonNullable<ModuleMetadata['imports']>,
  providers: Provider[],
  exported: NonNullable<ModuleMetadata['exports']>,
): DynamicModule {
  return {
    module: AuthLibModule,
    imports: [DiscoveryModule, ...imports],
    controllers: [HealthConfigController],
    providers: [
      { provide: TOKEN_SETTINGS, useValue: tokens },
      { provide: PermissionCatalogue, useValue: new PermissionCatalogue(permissions) },
      AccessGuard,
      { provide: APP_GUARD, useExisting: AccessGuard },
      { provide: APP_GUARD, useClass: RecentAuthenticationGuard },
      AccessBeforeBody,
      AccessRules,
      SensitiveCalls,
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
    exports: [
      CredentialReaders,
      AccessRules,
      PermissionCatalogue,
      TokenVerifier,
      SubjectTokens,
      SensitiveCalls,
      ...exported,
    ],
  };
}
