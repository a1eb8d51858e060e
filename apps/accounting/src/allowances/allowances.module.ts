import { Module } from '@nestjs/common';
import { BookingsModule } from '../bookings/bookings.module.js';
import { AllowancesController } from './allowances.controller.js';
import { AllowancesService } from './allowances.service.js';

/** What visitors may spend before they sign in. */
@Module({ imports: [BookingsModule], controllers: [AllowancesController], providers: [AllowancesService] })
export class AllowancesModule {}
