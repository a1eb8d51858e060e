import { Module } from '@nestjs/common';
import { LinkedIdentitiesModule } from '../linked-identities/linked-identities.module.js';
import { PasskeysModule } from '../passkeys/passkeys.module.js';
import { SecondFactorsModule } from '../second-factors/second-factors.module.js';
import { FactorSettingsService } from './factor-settings.service.js';
import { MfaController } from './mfa.controller.js';
import { PasskeysController } from './passkeys.controller.js';

@Module({
  imports: [LinkedIdentitiesModule, SecondFactorsModule, PasskeysModule],
  controllers: [MfaController, PasskeysController],
  providers: [FactorSettingsService],
})
export class FactorSettingsModule {}
