import { Module } from '@nestjs/common';
import { UserLimitsService } from './user-limits.service.js';

/** What a single user may not do too often. */
@Module({ providers: [UserLimitsService], exports: [UserLimitsService] })
export class UserLimitsModule {}
