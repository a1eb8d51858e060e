import { type DynamicModule, Module } from '@nestjs/common';
import { ServiceTokenClient } from '@parley/auth';
import { AccountingClient } from './accounting-client.js';

/** Accounting as chat sees it: an address and a contract. */
@Module({})
export class AccountingModule {
  static register(url: string): DynamicModule {
    const client = {
      provide: AccountingClient,
      inject: [ServiceTokenClient],
      useFactory: (tokens: ServiceTokenClient) => new AccountingClient(url, tokens),
    };
    return { module: AccountingModule, global: true, providers: [client], exports: [AccountingClient] };
  }
}
