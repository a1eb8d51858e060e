import { type DynamicModule, Module } from '@nestjs/common';
import { ServiceTokenClient } from '@parley/auth';
import { ServiceClient } from '@parley/platform';
import { AccountsModule } from '../accounts/accounts.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { AllocationsController } from './allocations.controller.js';
import { AllocationsService } from './allocations.service.js';
import { UserDirectory } from './user-directory.js';

@Module({})
export class AllocationsModule {
  static for(authUrl: string): DynamicModule {
    const users = {
      provide: UserDirectory,
      inject: [ServiceTokenClient],
      useFactory: (tokens: ServiceTokenClient) => new UserDirectory(new ServiceClient('auth', authUrl), tokens),
    };
    return {
      module: AllocationsModule,
      imports: [AccountsModule, LedgerModule],
      controllers: [AllocationsController],
      providers: [AllocationsService, users],
    };
  }
}
