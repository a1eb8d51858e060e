import { type DynamicModule, Module } from '@nestjs/common';
import { ServiceTokenClient } from '@parley/auth';
import { ServiceClient } from '@parley/platform';
import { Directory } from './directory.js';

/** Who exists, as auth knows it. */
@Module({})
export class DirectoryModule {
  static for(authUrl: string): DynamicModule {
    const directory = {
      provide: Directory,
      inject: [ServiceTokenClient],
      useFactory: (tokens: ServiceTokenClient) => new Directory(new ServiceClient('auth', authUrl), tokens),
    };
    return { module: DirectoryModule, global: true, providers: [directory], exports: [Directory] };
  }
}
