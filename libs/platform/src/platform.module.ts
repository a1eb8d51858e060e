import { type DynamicModule, Global, Module } from '@nestjs/common';
import { BeforeBody } from './access/before-body.js';
import { Clock, SystemClock } from './clock/clock.js';
import { HealthController } from './health/health.controller.js';
import { Metrics } from './health/metrics.js';
import { MetricsController } from './health/metrics.controller.js';
import { ReadinessChecks } from './health/readiness-checks.js';
import { Readiness } from './health/readiness.js';
import { PeriodicJobs } from './jobs/periodic-jobs.js';
import { LOGGER } from './logging/logger.js';
import { MongoModule } from './mongo/mongo.module.js';
import { PLATFORM_OPTIONS, type PlatformOptions } from './config/platform-options.js';

/** Clock, log, database, health and metrics: the same in every service. */
@Global()
@Module({})
export class PlatformModule {
  static register(options: PlatformOptions): DynamicModule {
    return {
      module: PlatformModule,
      imports: [MongoModule.register(options.mongo)],
      controllers: [HealthController, MetricsController],
      providers: [
        { provide: PLATFORM_OPTIONS, useValue: options },
        { provide: LOGGER, useValue: options.logger },
        { provide: Clock, useValue: options.clock ?? new SystemClock() },
        BeforeBody,
        ReadinessChecks,
        Readiness,
        Metrics,
        PeriodicJobs,
      ],
      exports: [PLATFORM_OPTIONS, LOGGER, Clock, BeforeBody, ReadinessChecks, Metrics, PeriodicJobs],
    };
  }
}
