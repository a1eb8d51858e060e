import 'reflect-metadata';
import type { DynamicModule, NestApplicationOptions, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ProblemFilter } from './errors/problem.filter.js';
import { ValidationPipe } from './errors/validation.pipe.js';
import { boundConnections, connectionLimits } from './http/connections.js';
import { exposedHeaders, isAllowedOrigin } from './http/cors.js';
import { serveDebugHeaders } from './http/debug-headers.js';
import { createHttpAdapter } from './http/http-adapter.js';
import type { HttpSettings } from './http/http-settings.js';
import { refuseEqualNames } from './http/json-body.js';
import { guardMetrics } from './http/metrics-access.js';
import { serveApiDocument } from './http/openapi.js';
import { addRequestHooks } from './http/request-hooks.js';
import { ConfigError, type Environment } from './config/load-config.js';
import { LOGGER, NestLogger, type Logger } from './logging/logger.js';
import { PLATFORM_OPTIONS, type PlatformOptions } from './config/platform-options.js';

/** Builds a service that is ready to listen, for its `main.ts`. */
export async function createService(
  module: Type | DynamicModule,
  http: HttpSettings,
  logger: Logger,
): Promise<NestFastifyApplication> {
  const options = applicationOptions(logger);
  const app = await NestFactory.create<NestFastifyApplication>(module, createHttpAdapter(http), options);
  configureService(app, http);
  return app;
}

/** What Nest has to know when it creates a service. */
export const applicationOptions = (logger: Logger): NestApplicationOptions => ({
  logger: new NestLogger(logger),
  abortOnError: false,
  // Nest would add a parser for forms: bodies are JSON, so that no page of another site can post one without asking (CORS).
  bodyParser: false,
});

/** Makes a service of an application on `createHttpAdapter`: the one recipe for `main.ts` and for the tests. */
export function configureService(app: NestFastifyApplication, http: HttpSettings): void {
  app.getHttpAdapter().getInstance().removeContentTypeParser('text/plain');
  refuseEqualNames(app.getHttpAdapter().getInstance());
  app.useGlobalPipes(new ValidationPipe());
  app.useGlobalFilters(new ProblemFilter(app.get<Logger>(LOGGER)));
  app.enableCors({
    origin: (origin: string | undefined, done: (error: Error | null, allow: boolean) => void) =>
      done(null, origin === undefined || isAllowedOrigin(origin, http.corsOrigins)),
    credentials: true,
    exposedHeaders,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  });
  addRequestHooks(app, http);
  boundConnections(app.getHttpAdapter().getInstance(), { ...connectionLimits, ...http.connections });
  guardMetrics(app.getHttpAdapter().getInstance(), http.metrics ?? 'open');
  if (http.debugHeaders) serveDebugHeaders(app.getHttpAdapter().getInstance());
  if (http.apiDocs ?? true) serveApiDocument(app, app.get<PlatformOptions>(PLATFORM_OPTIONS));
  app.enableShutdownHooks();
}

/** A service as its `main.ts` describes it. */
export interface ServiceMain<Config> {
  name: string;
  readConfig: (environment: Environment) => Config;
  httpSettings: (config: Config) => HttpSettings;
  logger: (config: Config) => Logger;
  module: (config: Config, logger: Logger) => DynamicModule;
}

/** Starts a service and logs one line; a faulty configuration or a port that is taken ends it with one clear message. */
export async function runService<Config>(main: ServiceMain<Config>): Promise<void> {
  try {
    const config = main.readConfig(process.env);
    const logger = main.logger(config);
    const http = main.httpSettings(config);
    const app = await createService(main.module(config, logger), http, logger);
    await app.listen(http.port, http.host);
    logger.info({ url: await app.getUrl() }, `${main.name} is listening`);
  } catch (error) {
    process.stderr.write(`${main.name}: ${explain(error)}\n`);
    process.exit(1);
  }
}

function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  const { code, port, address } = error as { code?: string; port?: number; address?: string };
  if (code === 'EADDRINUSE') return `port ${port} on ${address} is already taken by another program`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
