import { Module } from '@nestjs/common';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { PasswordChecks } from './password-checks.js';

@Module({ imports: [PasswordsModule, ThrottlingModule], providers: [PasswordChecks], exports: [PasswordChecks] })
export class PasswordChecksModule {}
