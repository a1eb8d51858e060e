import { Module } from '@nestjs/common';
import { MemberCapsController } from './member-caps.controller.js';
import { MemberCaps } from './member-caps.service.js';

@Module({ controllers: [MemberCapsController], providers: [MemberCaps], exports: [MemberCaps] })
export class MemberCapsModule {}
