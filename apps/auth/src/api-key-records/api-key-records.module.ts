import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { API_KEYS, apiKeySchema } from './api-key.schema.js';

/** What is stored of keys, for those who make them and for those who say what they may do. */
@Module({
  imports: [MongooseModule.forFeature([{ name: API_KEYS, schema: apiKeySchema }])],
  exports: [MongooseModule],
})
export class ApiKeyRecordsModule {}
