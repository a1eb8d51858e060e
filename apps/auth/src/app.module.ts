import { type DynamicModule, Module } from '@nestjs/common';
import { AuthLibModule } from '@parley/auth';
import { authPermissions } from '@parley/contracts';
import { type Clock, type Logger, PlatformModule } from '@parley/platform';
import { AnonymousSignInModule } from './anonymous-sign-in/anonymous-sign-in.module.js';
import { AccountUnlocksModule } from './account-unlocks/account-unlocks.module.js';
import { AccountRequestsModule } from './account-requests/account-requests.module.js';
import { ApiKeysModule } from './api-keys/api-keys.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AUDIT_RETENTION_MS } from './audit-trail/audit-retention.job.js';
import { AuditTrailModule } from './audit-trail/audit-trail.module.js';
import { AuthzModule } from './authz/authz.module.js';
import type { AuthConfig } from './config.js';
import { DEMO_MODE } from './demo-users/demo-mode.js';
import { DemoUsersModule } from './demo-users/demo-users.module.js';
import { PRINT_LINE, type PrintLine } from './demo-users/demo-users.service.js';
import { FactorSettingsModule } from './factor-settings/factor-settings.module.js';
import { FactorSignInModule } from './factor-sign-in/factor-sign-in.module.js';
import { IntrospectionModule } from './introspection/introspection.module.js';
import { ERRAND_TARGETS } from './errands/errand-kinds.js';
import { ErrandsModule } from './errands/errands.module.js';
import { InvitationAnswersModule } from './invitation-answers/invitation-answers.module.js';
import { InvitationsModule } from './invitations/invitations.module.js';
import { KeyRotationModule } from './key-rotation/key-rotation.module.js';
import { IdentityProvidersModule } from './identity-providers/identity-providers.module.js';
import { PROVIDERS_CONFIG } from './identity-providers/provider-settings.js';
import { KeysModule } from './keys/keys.module.js';
import { LONGEST_TOKEN_LIFE_SECONDS } from './keys/signing-keys.service.js';
import { ACCESS_TOKEN_LIFE_SECONDS } from './login-sessions/access-tokens.service.js';
import { LoginSessionsModule } from './login-sessions/login-sessions.module.js';
import { WEB_ORIGINS } from './session-renewal/cross-site.js';
import { REFRESH_LIFE } from './login-sessions/refresh-life.js';
import { MailSendingModule } from './mail/mail.module.js';
import { MeModule } from './me/me.module.js';
import { OwnSessionsModule } from './own-sessions/own-sessions.module.js';
import { PasskeysModule } from './passkeys/passkeys.module.js';
import { RELYING_PARTY } from './passkeys/relying-party.js';
import { PasswordLoginModule } from './password-login/password-login.module.js';
import { MembershipsModule } from './memberships/memberships.module.js';
import { OneTimeTokensModule } from './one-time-tokens/one-time-tokens.module.js';
import { ExplanationsModule } from './explanations/explanations.module.js';
import { MemberAdministrationModule } from './member-administration/member-administration.module.js';
import { OrganizationAdministrationModule } from './organization-administration/organization-administration.module.js';
import { OrganizationSwitchingModule } from './organization-switching/organization-switching.module.js';
import { RoleAdministrationModule } from './role-administration/role-administration.module.js';
import { OrganizationDirectoryModule } from './organization-directory/organization-directory.module.js';
import { OwnAccountModule } from './own-account/own-account.module.js';
import { PasswordResetModule } from './password-reset/password-reset.module.js';
import { PASSWORD_MIN_LENGTH } from './passwords/password-rules.js';
import { PasswordsModule } from './passwords/passwords.module.js';
import { ReauthenticationModule } from './reauthentication/reauthentication.module.js';
import { SecondFactorsModule } from './second-factors/second-factors.module.js';
import { ADMINS_NEED_FACTOR } from './second-factors/second-factors.js';
import { SIGNUP_MODE } from './signup/signup.service.js';
import { SignupModule } from './signup/signup.module.js';
import { KEY_ENCRYPTION_SECRET } from './secrets/secrets.js';
import { SecurityEventsModule } from './security-events/security-events.module.js';
import { SecurityFeedModule } from './security-feed/security-feed.module.js';
import { ServiceTokensModule } from './service-tokens/service-tokens.module.js';
import { SERVICE_SECRETS } from './service-tokens/service-tokens.service.js';
import { TokenRefusalsModule } from './token-refusals/token-refusals.module.js';
import { SessionRenewalModule } from './session-renewal/session-renewal.module.js';
import { ThrottlingModule } from './throttling/throttling.module.js';
import { UserAdministrationModule } from './user-administration/user-administration.module.js';
import { UserErasuresModule } from './user-erasures/user-erasures.module.js';
import { UsersModule } from './users/users.module.js';
import { DEMO_IS_ON } from './users/users.service.js';
import { VisitorsModule } from './visitors/visitors.module.js';
import { VISITOR_SETTINGS } from './visitors/visitors.settings.js';

/** What differs from one running instance to another. */
export interface AuthRuntime {
  logger: Logger;
  clock?: Clock;
  /** Where a line goes that is for whoever starts the service and for no log; standard output unless said otherwise. */
  print?: PrintLine;
}

const toStandardOutput: PrintLine = (line) => void process.stdout.write(`${line}\n`);

/** What features read of the configuration: each its own value, under the name that it gives it. */
@Module({})
export class AuthSettings {
  static of(config: AuthConfig, print: PrintLine): DynamicModule {
    const {
      keys,
      accessTokens,
      refreshTokens,
      webOrigins,
      serviceSecrets,
      secondFactors,
      audit,
      visitors,
      services,
      demo,
    } = config;
    const settings = [
      { provide: KEY_ENCRYPTION_SECRET, useValue: keys.encryptionSecret },
      { provide: ACCESS_TOKEN_LIFE_SECONDS, useValue: accessTokens.lifeSeconds },
      { provide: LONGEST_TOKEN_LIFE_SECONDS, useValue: accessTokens.lifeSeconds },
      { provide: REFRESH_LIFE, useValue: refreshTokens },
      { provide: WEB_ORIGINS, useValue: webOrigins },
      { provide: SERVICE_SECRETS, useValue: serviceSecrets },
      { provide: AUDIT_RETENTION_MS, useValue: audit.retentionDays * 86_400_000 },
      { provide: PROVIDERS_CONFIG, useValue: config.identityProviders },
      { provide: ADMINS_NEED_FACTOR, useValue: secondFactors.requiredOfAdmins },
      { provide: RELYING_PARTY, useValue: secondFactors.relyingParty },
      { provide: VISITOR_SETTINGS, useValue: visitors },
      { provide: ERRAND_TARGETS, useValue: services },
      { provide: SIGNUP_MODE, useValue: config.signup },
      { provide: PASSWORD_MIN_LENGTH, useValue: config.passwords.minLength },
      { provide: DEMO_MODE, useValue: demo },
      { provide: DEMO_IS_ON, useValue: demo !== 'off' },
      { provide: PRINT_LINE, useValue: print },
    ];
    return { module: AuthSettings, global: true, providers: settings, exports: settings.map(({ provide }) => provide) };
  }
}

/** Who signs in, with which password, what they may do, and the tokens that say so. */
@Module({})
export class AppModule {
  static for(config: AuthConfig, { print = toStandardOutput, ...runtime }: AuthRuntime): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.register({
          service: 'auth',
          description: 'Users, sign-in, signing keys, and what each may do.',
          mongo: config.mongo,
          ...runtime,
        }),
        AuthLibModule.local({
          imports: [KeysModule, AuthzModule, SecurityFeedModule, TokenRefusalsModule],
          permissions: authPermissions,
        }),
        AuthSettings.of(config, print),
        MembershipsModule,
        OrganizationDirectoryModule,
        OrganizationAdministrationModule,
        OrganizationSwitchingModule,
        MemberAdministrationModule,
        RoleAdministrationModule,
        ExplanationsModule,
        UsersModule,
        SecurityEventsModule,
        SecurityFeedModule,
        AuditModule,
        AuditTrailModule,
        MailSendingModule.for(config.mail),
        OneTimeTokensModule,
        PasswordsModule,
        ThrottlingModule,
        AuthzModule,
        ApiKeysModule,
        KeysModule,
        KeyRotationModule,
        IntrospectionModule,
        LoginSessionsModule,
        PasskeysModule,
        SecondFactorsModule,
        FactorSignInModule,
        FactorSettingsModule,
        IdentityProvidersModule,
        ReauthenticationModule,
        PasswordLoginModule,
        SessionRenewalModule,
        OwnSessionsModule,
        MeModule,
        AccountRequestsModule,
        SignupModule,
        InvitationsModule,
        InvitationAnswersModule,
        PasswordResetModule,
        OwnAccountModule,
        UserAdministrationModule,
        AccountUnlocksModule,
        ErrandsModule,
        UserErasuresModule,
        VisitorsModule,
        AnonymousSignInModule,
        ServiceTokensModule,
        DemoUsersModule,
      ],
    };
  }
}
