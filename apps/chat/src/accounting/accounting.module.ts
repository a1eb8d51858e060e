import { type DynamicModule, Module } from '@nestjs/common';
import { ServiceTokenClient } from '@parley/auth';
import { AccountingClient } from './accounting-client.js';

@Module({})
export class AccountingModule {
  static register(url: string): DynamicModule {
    const client = {
      provide: AccountingClient,
      inject: [ServiceTokenClient],
      useFactory: (tokens: ServiceTokenClient) => new AccountingClient(url, tokens),
    };
    return { module: AccountingModule, providers: [client], exports: [AccountingClient] };
  }
}
