import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { KeysModule } from '../keys/keys.module.js';
import { ErrandRunner } from './errand-runner.js';
import { ErrandStore } from './errand-store.js';
import { ERRANDS, errandSchema } from './errand.schema.js';
import { Errands } from './errands.js';

/** What auth tells other services, for certain. */
@Module({
  imports: [MongooseModule.forFeature([{ name: ERRANDS, schema: errandSchema }]), KeysModule],
  providers: [Errands, ErrandStore, ErrandRunner],
  exports: [Errands, ErrandRunner],
})
export class ErrandsModule {}
