import { Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module.js';
import { VisitorsModule } from '../visitors/visitors.module.js';
import { AnonymousSignInController } from './anonymous-sign-in.controller.js';
import { AnonymousSignIn } from './anonymous-sign-in.service.js';

/** Coming in without an account. */
@Module({
  imports: [KeysModule, VisitorsModule],
  controllers: [AnonymousSignInController],
  providers: [AnonymousSignIn],
})
export class AnonymousSignInModule {}
