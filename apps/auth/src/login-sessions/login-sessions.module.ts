import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AuthzModule } from '../authz/authz.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccessTokensService } from './access-tokens.service.js';
import { LOGIN_SESSIONS, loginSessionSchema } from './login-session.schema.js';
import { LoginSessionsController } from './login-sessions.controller.js';
import { LoginSessionsService } from './login-sessions.service.js';

@Module({
  imports: [
    MongooseModule.forFeature([{ name: LOGIN_SESSIONS, schema: loginSessionSchema }]),
    UsersModule,
    PasswordsModule,
    ThrottlingModule,
    AuthzModule,
    KeysModule,
  ],
  controllers: [LoginSessionsController],
  providers: [LoginSessionsService, AccessTokensService],
})
export class LoginSessionsModule {}
