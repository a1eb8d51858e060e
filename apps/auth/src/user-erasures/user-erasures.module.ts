import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AuditModule } from '../audit/audit.module.js';
import { ErrandsModule } from '../errands/errands.module.js';
import { LoginSessionsModule } from '../login-sessions/login-sessions.module.js';
import { OwnershipModule } from '../ownership/ownership.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { USERS, userSchema } from '../users/user.schema.js';
import { UsersModule } from '../users/users.module.js';
import { ERASED_USERS, erasedUserSchema } from './erased-user.schema.js';
import { PersonalData } from './personal-data.js';
import { UserErasuresController } from './user-erasures.controller.js';
import { UserErasures } from './user-erasures.service.js';

/** Users who are removed for good. */
@Module({
  imports: [
    MongooseModule.forFeature([
      { name: USERS, schema: userSchema },
      { name: ERASED_USERS, schema: erasedUserSchema },
    ]),
    UsersModule,
    LoginSessionsModule,
    SecurityEventsModule,
    OwnershipModule,
    AuditModule,
    ErrandsModule,
  ],
  controllers: [UserErasuresController],
  providers: [UserErasures, PersonalData],
})
export class UserErasuresModule {}
