import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { PASSKEY_CHALLENGES, passkeyChallengeSchema, PASSKEYS, passkeySchema } from './passkey.schema.js';
import { PasskeyAssertions } from './passkey-assertions.js';
import { PasskeyChallenges } from './passkey-challenges.js';
import { PasskeysService } from './passkeys.service.js';

@Module({
  imports: [
    MongooseModule.forFeature([
      { name: PASSKEYS, schema: passkeySchema },
      { name: PASSKEY_CHALLENGES, schema: passkeyChallengeSchema },
    ]),
  ],
  providers: [PasskeysService, PasskeyAssertions, PasskeyChallenges],
  exports: [PasskeysService, PasskeyAssertions],
})
export class PasskeysModule {}
