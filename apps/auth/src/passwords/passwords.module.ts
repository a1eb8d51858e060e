import { Module } from '@nestjs/common';
import { PasswordRules } from './password-rules.js';
import { PasswordsService } from './passwords.service.js';

@Module({ providers: [PasswordsService, PasswordRules], exports: [PasswordsService, PasswordRules] })
export class PasswordsModule {}
