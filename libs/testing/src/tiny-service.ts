import { type DynamicModule, Global, Module, type Provider, type Type } from '@nestjs/common';
import {
  BeforeBody,
  Clock,
  LOGGER,
  type Logger,
  Metrics,
  PeriodicJobs,
  PLATFORM_OPTIONS,
  type PlatformOptions,
  ReadinessChecks,
} from '@parley/platform';
import { TestClock } from './test-clock.js';

/** What every service stands on, without a database. */
@Global()
@Module({})
class TinyPlatform {}

/** A few controllers in a module that starts like a service, for testing the platform itself without a database. */
export function tinyService(
  logger: Logger,
  controllers: Type[],
  more: { imports?: DynamicModule[]; providers?: Provider[]; clock?: Clock } = {},
): DynamicModule {
  const options = { service: 'chat', description: 'A service of a test.', logger } satisfies Partial<PlatformOptions>;
  const providers = [
    { provide: LOGGER, useValue: logger },
    { provide: PLATFORM_OPTIONS, useValue: options },
    { provide: Clock, useValue: more.clock ?? new TestClock() },
    BeforeBody,
    Metrics,
    PeriodicJobs,
    ReadinessChecks,
  ];
  const exports = [LOGGER, PLATFORM_OPTIONS, Clock, BeforeBody, Metrics, PeriodicJobs, ReadinessChecks];
  const platform = { module: TinyPlatform, providers, exports };
  return {
    module: class TinyModule {},
    imports: [platform, ...(more.imports ?? [])],
    controllers,
    providers: more.providers ?? [],
  };
}
