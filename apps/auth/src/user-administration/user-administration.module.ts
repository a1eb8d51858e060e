import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AuditModule } from '../audit/audit.module.js';
import { LoginSessionsModule } from '../login-sessions/login-sessions.module.js';
import { SecondFactorsModule } from '../second-factors/second-factors.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { USERS, userSchema } from '../users/user.schema.js';
import { UsersModule } from '../users/users.module.js';
import { UserAdministrationController } from './user-administration.controller.js';
import { UserAdministration } from './user-administration.service.js';
import { UserDirectory } from './user-directory.js';

@Module({
  imports: [
    MongooseModule.forFeature([{ name: USERS, schema: userSchema }]),
    UsersModule,
    LoginSessionsModule,
    SecondFactorsModule,
    SecurityEventsModule,
    AuditModule,
  ],
  controllers: [UserAdministrationController],
  providers: [UserAdministration, UserDirectory],
})
export class UserAdministrationModule {}
