import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { PasskeysModule } from '../passkeys/passkeys.module.js';
import { USERS, userSchema } from '../users/user.schema.js';
import { LINKED_IDENTITIES, linkedIdentitySchema } from './linked-identity.schema.js';
import { WaysToSignIn } from './ways-to-sign-in.js';

@Module({
  imports: [
    MongooseModule.forFeature([
      { name: LINKED_IDENTITIES, schema: linkedIdentitySchema },
      { name: USERS, schema: userSchema },
    ]),
    PasskeysModule,
  ],
  providers: [WaysToSignIn],
  exports: [WaysToSignIn, MongooseModule],
})
export class LinkedIdentitiesModule {}
