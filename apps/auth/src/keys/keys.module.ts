import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { VerificationKeys } from '@parley/auth';
import { SecretsModule } from '../secrets/secrets.module.js';
import { KeyPairs } from './key-pairs.js';
import { KeysController } from './keys.controller.js';
import { LocalVerificationKeys } from './local-verification-keys.js';
import { SIGNING_KEYS, signingKeySchema } from './signing-key.schema.js';
import { SigningKeysService } from './signing-keys.service.js';
import { TokenSigner } from './token-signer.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: SIGNING_KEYS, schema: signingKeySchema }]), SecretsModule],
  controllers: [KeysController],
  providers: [
    KeyPairs,
    SigningKeysService,
    TokenSigner,
    { provide: VerificationKeys, useClass: LocalVerificationKeys },
  ],
  exports: [KeyPairs, SigningKeysService, TokenSigner, VerificationKeys, MongooseModule],
})
export class KeysModule {}
