import type { DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createService, type Logger } from '@parley/platform';
import { HttpClient } from './http-client.js';

export interface TestService {
  app: NestFastifyApplication;
  url: string;
  http: HttpClient;
  close(): Promise<void>;
}

/** Starts a service on a free port of this machine, built by the same recipe as in production. */
export async function startTestService(module: DynamicModule, logger: Logger, port = 0): Promise<TestService> {
  const settings = { host: '127.0.0.1', port, corsOrigins: ['http://localhost:*'], trustedProxies: [] };
  const app = await createService(module, settings, logger);
  await app.listen(port, settings.host);
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  return { app, url, http: new HttpClient(url), close: () => app.close() };
}
