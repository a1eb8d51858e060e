import type { DynamicModule, InjectionToken } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  applicationOptions,
  configureService,
  createHttpAdapter,
  type HttpSettings,
  type Logger,
  NestLogger,
} from '@parley/platform';
import { HttpClient } from './http-client.js';

export interface TestService {
  app: NestFastifyApplication;
  url: string;
  http: HttpClient;
  close(): Promise<void>;
}

/** A provider of the service that a test replaces. */
export interface Override {
  provide: InjectionToken;
  useValue: unknown;
}

/** The providers of a module without a server, to be called directly. The caller closes it. */
export function compileTestModule(
  module: DynamicModule,
  logger: Logger,
  overrides: readonly Override[] = [],
): Promise<TestingModule> {
  const builder = Test.createTestingModule({ imports: [module] }).setLogger(new NestLogger(logger));
  for (const { provide, useValue } of overrides) builder.overrideProvider(provide).useValue(useValue);
  return builder.compile();
}

/** Starts a service on a free port of this machine, set up by the same recipe as in production. */
export async function startTestService(
  module: DynamicModule,
  logger: Logger,
  change: Partial<HttpSettings> = {},
  overrides: readonly Override[] = [],
): Promise<TestService> {
  const settings = { port: 0, corsOrigins: ['http://localhost:*'], trustedProxies: [], ...change, host: '127.0.0.1' };
  const compiled = await compileTestModule(module, logger, overrides);
  const options = applicationOptions(logger);
  const app = compiled.createNestApplication<NestFastifyApplication>(createHttpAdapter(settings), options);
  try {
    configureService(app, settings);
    await app.listen(settings.port, settings.host);
  } catch (error) {
    // A service that refuses to start ends with its process; here its connections would stay open.
    await app.close();
    throw error;
  }
  const url = await app.getUrl();
  return { app, url, http: new HttpClient(url), close: () => app.close() };
}
