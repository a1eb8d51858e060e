import { captureLogs, startTestService, TestClock, testDatabases, type TestService } from '@parley/testing';
import { AppModule } from '../src/app.module.js';
import { type AuthConfig, readAuthConfig } from '../src/config.js';

export const serviceSecrets = {
  chat: 'the value of SERVICE_SECRET_CHAT',
  accounting: 'the value of SERVICE_SECRET_ACCOUNTING',
} as const;
export const keyEncryptionSecret = 'k'.repeat(16) + 'e'.repeat(16);

/** An installation of auth: its database, its clock and its logs, and as many running instances as a test starts. */
export class AuthInstallation {
  readonly clock = new TestClock();
  readonly logs = captureLogs('auth');
  /** What was shown to whoever started the instances. */
  readonly printed: string[] = [];
  readonly databases = testDatabases();
  private readonly running = new Set<TestService>();

  config(environment: Record<string, string> = {}): AuthConfig {
    return readAuthConfig({
      MONGODB_URI: this.databases.uri,
      DATABASE_PREFIX: this.databases.prefix,
      AUTH_KEK: keyEncryptionSecret,
      SERVICE_SECRET_CHAT: serviceSecrets.chat,
      SERVICE_SECRET_ACCOUNTING: serviceSecrets.accounting,
      SEED_DEMO: 'true',
      ANONYMOUS: 'on',
      // Nobody listens there: what is to be told to them waits.
      CHAT_URL: 'http://127.0.0.1:1',
      ACCOUNTING_URL: 'http://127.0.0.1:1',
      ...environment,
    });
  }

  async start(environment?: Record<string, string>): Promise<TestService> {
    const { logger } = this.logs;
    const config = this.config(environment);
    const module = AppModule.for(config, {
      logger,
      clock: this.clock,
      print: (line) => void this.printed.push(line),
    });
    const { trustedProxies, corsOrigins } = config.http;
    const service = await startTestService(module, logger, { trustedProxies, corsOrigins });
    this.running.add(service);
    return service;
  }

  async stop(service: TestService): Promise<void> {
    this.running.delete(service);
    await service.close();
  }

  /** Stops what runs and removes the database. */
  async remove(): Promise<void> {
    for (const service of [...this.running]) await this.stop(service);
    await this.databases.drop();
  }
}

/** @returns the access token of a demo user */
export async function logIn(service: TestService, username: string): Promise<string> {
  const { body } = await service.http.post('/auth/login', { username, password: `parley-${username}-demo` });
  return body.access_token as string;
}

export async function serviceToken(service: TestService, client: keyof typeof serviceSecrets, audience: string) {
  const request = {
    grant_type: 'client_credentials',
    client_id: client,
    client_secret: serviceSecrets[client],
    audience,
  };
  const { body } = await service.http.post('/oauth/token', request);
  return body.access_token as string;
}
