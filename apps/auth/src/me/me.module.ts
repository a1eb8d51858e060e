import { Module } from '@nestjs/common';
import { AuthzModule } from '../authz/authz.module.js';
import { UsersModule } from '../users/users.module.js';
import { MeController } from './me.controller.js';
import { MyGrantsController } from './my-grants.controller.js';

@Module({ imports: [UsersModule, AuthzModule], controllers: [MeController, MyGrantsController] })
export class MeModule {}
