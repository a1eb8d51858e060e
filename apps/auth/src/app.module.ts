import { type DynamicModule, Module } from '@nestjs/common';
import { AuthLibModule } from '@parley/auth';
import { type Clock, type Logger, PlatformModule } from '@parley/platform';
import { AuthzModule } from './authz/authz.module.js';
import { AUTH_CONFIG, type AuthConfig } from './config.js';
import { DemoUsersModule } from './demo-users/demo-users.module.js';
import { KeysModule } from './keys/keys.module.js';
import { LoginSessionsModule } from './login-sessions/login-sessions.module.js';
import { MeModule } from './me/me.module.js';
import { PasswordsModule } from './passwords/passwords.module.js';
import { ServiceTokensModule } from './service-tokens/service-tokens.module.js';
import { UsersModule } from './users/users.module.js';

/** What differs from one running instance to another. */
export interface AuthRuntime {
  logger: Logger;
  clock?: Clock;
}

/** The configuration, for whoever injects it. */
@Module({})
class AuthSettings {
  static of(config: AuthConfig): DynamicModule {
    return {
      module: AuthSettings,
      global: true,
      providers: [{ provide: AUTH_CONFIG, useValue: config }],
      exports: [AUTH_CONFIG],
    };
  }
}

/** Who signs in, with which password, what they may do, and the tokens that say so. */
@Module({})
export class AppModule {
  static for(config: AuthConfig, runtime: AuthRuntime): DynamicModule {
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
        AuthSettings.of(config),
        UsersModule,
        PasswordsModule,
        AuthzModule,
        KeysModule,
        LoginSessionsModule,
        MeModule,
        ServiceTokensModule,
        DemoUsersModule,
      ],
    };
  }
}
