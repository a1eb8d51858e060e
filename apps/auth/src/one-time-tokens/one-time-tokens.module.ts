import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { ONE_TIME_TOKENS, oneTimeTokenSchema } from './one-time-token.schema.js';
import { OneTimeTokens } from './one-time-tokens.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: ONE_TIME_TOKENS, schema: oneTimeTokenSchema }])],
  providers: [OneTimeTokens],
  exports: [OneTimeTokens],
})
export class OneTimeTokensModule {}
