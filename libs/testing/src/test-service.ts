import type { DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createService, type HttpSettings, type Logger } from '@parley/platform';
import { HttpClient } from './http-client.js';

export interface TestService {
  app: NestFastifyApplication;
  url: string;
  http: HttpClient;
  close(): Promise<void>;
}

/** Starts a service on a free port of this machine, built by the same recipe as in production. */
export async function startTestService(
  module: DynamicModule,
  logger: Logger,
  change: Partial<HttpSettings> = {},
): Promise<TestService> {
  const settings = { port: 0, corsOrigins: ['http://localhost:*'], trustedProxies: [], ...change, host: '127.0.0.1' };
  const app = await createService(module, settings, logger);
  await app.listen(settings.port, settings.host).catch(async (error: unknown) => {
    // A service that refuses to start ends with its process; here its connections would stay open.
    await app.close();
    throw error;
  });
  const url = await app.getUrl();
  return { app, url, http: new HttpClient(url), close: () => app.close() };
}
