import { type DynamicModule, Module } from '@nestjs/common';
import { AuthLibModule } from '@parley/auth';
import { type Clock, type Logger, PlatformModule } from '@parley/platform';
import { AuthzModule } from './authz/authz.module.js';
import { AUTH_CONFIG, type AuthConfig } from './config.js';
import { DemoUsersModule } from './demo-users/demo-users.module.js';
import { KeysModule } from './keys/keys.module.js';
import { LoginSessionsModule } from './login-sessions/login-sessions.module.js';
import { MeModule } from './me/me.module.js';
import { ServiceTokensModule } from './service-tokens/service-tokens.module.js';
import { UsersModule } from './users/users.module.js';

/** What differs from one running instance to another. */
export interface AuthRuntime {
  logger: Logger;
  clock?: Clock;
}

const features = [
  UsersModule,
  LoginSessionsModule,
  MeModule,
  KeysModule,
  ServiceTokensModule,
  AuthzModule,
  DemoUsersModule,
];

@Module({})
export class AppModule {
  static for(config: AuthConfig, { logger, clock }: AuthRuntime): DynamicModule {
    const platform = PlatformModule.register({
      service: 'auth',
      description: 'Users, sign-in, signing keys, and what each may do.',
      mongo: config.mongo,
      logger,
      ...(clock ? { clock } : {}),
    });
    const settings: DynamicModule = {
      module: AuthSettings,
      global: true,
      providers: [{ provide: AUTH_CONFIG, useValue: config }],
      exports: [AUTH_CONFIG],
    };
    const guard = AuthLibModule.local({ imports: [KeysModule, AuthzModule] });
    return { module: AppModule, imports: [platform, settings, guard, ...features] };
  }
}

/** The configuration, for whoever injects it. */
@Module({})
class AuthSettings {}
