import { Module } from '@nestjs/common';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { UsersModule } from '../users/users.module.js';
import { DemoUsersService } from './demo-users.service.js';

@Module({ imports: [UsersModule, PasswordsModule], providers: [DemoUsersService] })
export class DemoUsersModule {}
