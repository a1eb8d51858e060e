import { type DynamicModule, Module } from '@nestjs/common';
import { AuthLibModule } from '@parley/auth';
import { type Clock, type Logger, PlatformModule } from '@parley/platform';
import { AuditModule } from './audit/audit.module.js';
import { AuthzModule } from './authz/authz.module.js';
import type { AuthConfig } from './config.js';
import { DEMO_MODE } from './demo-users/demo-mode.js';
import { DemoUsersModule } from './demo-users/demo-users.module.js';
import { PRINT_LINE, type PrintLine } from './demo-users/demo-users.service.js';
import { KeysModule } from './keys/keys.module.js';
import { ACCESS_TOKEN_LIFE_SECONDS } from './login-sessions/access-tokens.service.js';
import { LoginSessionsModule } from './login-sessions/login-sessions.module.js';
import { WEB_ORIGINS } from './session-renewal/cross-site.js';
import { REFRESH_LIFE } from './login-sessions/refresh-life.js';
import { MailModule } from './mail/mail.module.js';
import { MeModule } from './me/me.module.js';
import { OwnSessionsModule } from './own-sessions/own-sessions.module.js';
import { PasswordLoginModule } from './password-login/password-login.module.js';
import { PasswordsModule } from './passwords/passwords.module.js';
import { KEY_ENCRYPTION_SECRET } from './secrets/secrets.js';
import { SecurityEventsModule } from './security-events/security-events.module.js';
import { ServiceTokensModule } from './service-tokens/service-tokens.module.js';
import { SERVICE_SECRETS } from './service-tokens/service-tokens.service.js';
import { SessionRenewalModule } from './session-renewal/session-renewal.module.js';
import { ThrottlingModule } from './throttling/throttling.module.js';
import { UsersModule } from './users/users.module.js';
import { DEMO_IS_ON } from './users/users.service.js';

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
class AuthSettings {
  static of(
    { keys, accessTokens, refreshTokens, webOrigins, serviceSecrets, demo }: AuthConfig,
    print: PrintLine,
  ): DynamicModule {
    const settings = [
      { provide: KEY_ENCRYPTION_SECRET, useValue: keys.encryptionSecret },
      { provide: ACCESS_TOKEN_LIFE_SECONDS, useValue: accessTokens.lifeSeconds },
      { provide: REFRESH_LIFE, useValue: refreshTokens },
      { provide: WEB_ORIGINS, useValue: webOrigins },
      { provide: SERVICE_SECRETS, useValue: serviceSecrets },
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
        AuthLibModule.local({ imports: [KeysModule, AuthzModule] }),
        AuthSettings.of(config, print),
        UsersModule,
        SecurityEventsModule,
        AuditModule,
        MailModule,
        PasswordsModule,
        ThrottlingModule,
        AuthzModule,
        KeysModule,
        LoginSessionsModule,
        PasswordLoginModule,
        SessionRenewalModule,
        OwnSessionsModule,
        MeModule,
        ServiceTokensModule,
        DemoUsersModule,
      ],
    };
  }
}
