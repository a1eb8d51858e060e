import { Module } from '@nestjs/common';
import { AuthzModule } from '../authz/authz.module.js';
import { UsersModule } from '../users/users.module.js';
import { MeController } from './me.controller.js';

@Module({ imports: [UsersModule, AuthzModule], controllers: [MeController] })
export class MeModule {}
