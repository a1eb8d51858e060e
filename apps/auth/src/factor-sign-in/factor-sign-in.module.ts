import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { LoginSessionsModule } from '../login-sessions/login-sessions.module.js';
import { PasskeysModule } from '../passkeys/passkeys.module.js';
import { SecondFactorsModule } from '../second-factors/second-factors.module.js';
import { UsersModule } from '../users/users.module.js';
import { FactorGate } from './factor-gate.js';
import { FactorSignInController } from './factor-sign-in.controller.js';
import { FactorSignInService } from './factor-sign-in.service.js';
import { PasskeySignInController } from './passkey-sign-in.controller.js';
import { PENDING_SIGN_INS, pendingSignInSchema } from './pending-sign-in.schema.js';
import { PendingSignIns } from './pending-sign-ins.js';

@Module({
  imports: [
    MongooseModule.forFeature([{ name: PENDING_SIGN_INS, schema: pendingSignInSchema }]),
    UsersModule,
    LoginSessionsModule,
    SecondFactorsModule,
    PasskeysModule,
  ],
  controllers: [FactorSignInController, PasskeySignInController],
  providers: [PendingSignIns, FactorGate, FactorSignInService],
  exports: [FactorGate],
})
export class FactorSignInModule {}
