import { Module } from '@nestjs/common';
import { BookingsModule } from '../bookings/bookings.module.js';
import { AllocationsController } from './allocations.controller.js';
import { AllocationsService } from './allocations.service.js';

@Module({ imports: [BookingsModule], controllers: [AllocationsController], providers: [AllocationsService] })
export class AllocationsModule {}
