import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { EntriesController } from './entries.controller.js';
import { EntriesService } from './entries.service.js';

@Module({
  imports: [AccountsModule],
  controllers: [EntriesController],
  providers: [EntriesService],
})
export class EntriesModule {}
