import { type DynamicModule, Module } from '@nestjs/common';
import { ServiceTokenClient } from '@parley/auth';
import { ServiceClient } from '@parley/platform';
import { BookingsModule } from '../bookings/bookings.module.js';
import { AllocationsController } from './allocations.controller.js';
import { AllocationsService } from './allocations.service.js';
import { Directory } from './directory.js';

@Module({})
export class AllocationsModule {
  static for(authUrl: string): DynamicModule {
    const directory = {
      provide: Directory,
      inject: [ServiceTokenClient],
      useFactory: (tokens: ServiceTokenClient) => new Directory(new ServiceClient('auth', authUrl), tokens),
    };
    return {
      module: AllocationsModule,
      imports: [BookingsModule],
      controllers: [AllocationsController],
      providers: [AllocationsService, directory],
    };
  }
}
