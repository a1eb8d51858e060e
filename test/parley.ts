import type { DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Clock, HttpSettings } from '@parley/platform';
import { AppModule as Accounting } from '../apps/accounting/src/app.module.js';
import { readAccountingConfig } from '../apps/accounting/src/config.js';
import { AppModule as Auth } from '../apps/auth/src/app.module.js';
import { readAuthConfig } from '../apps/auth/src/config.js';
import { AppModule as Chat } from '../apps/chat/src/app.module.js';
import { readChatConfig } from '../apps/chat/src/config.js';
import {
  captureLogs,
  type HttpClient,
  type LogLine,
  readSse,
  ScriptedModel,
  type SseEvent,
  startTestService,
  type TestService,
  testDatabases,
  textOf,
} from '@parley/testing';

export const modelName = 'scripted-1';
const longSecret = (name: string) => `${name}-of-this-test-run-which-is-long-enough`;

type ServiceName = 'auth' | 'accounting' | 'chat';

/** The three real services over real HTTP on one database; only the model is scripted. */
export interface Parley {
  auth: HttpClient;
  accounting: HttpClient;
  chat: HttpClient;
  model: ScriptedModel;
  logs: LogLine[];
  services: { auth: NestFastifyApplication; accounting: NestFastifyApplication; chat: NestFastifyApplication };
  login(username: string): Promise<{ token: string; userId: string }>;
  /** Stops one service, like an outage. */
  stopService(name: ServiceName): Promise<void>;
  /** Starts it again where it was, on the same data. */
  startService(name: ServiceName): Promise<void>;
  /** Stops all three and starts them again on the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startParley(settings: Record<string, string> = {}, clock?: Clock): Promise<Parley> {
  const databases = testDatabases();
  const model = await ScriptedModel.start();
  const { logger, lines: logs } = captureLogs('parley');
  const environment: Record<string, string> = {
    MONGODB_URI: databases.uri,
    DATABASE_PREFIX: databases.prefix,
    SEED_DEMO: 'true',
    AUTH_KEK: longSecret('the-key-encryption-key'),
    SERVICE_SECRET_CHAT: longSecret('the-secret-of-chat'),
    SERVICE_SECRET_ACCOUNTING: longSecret('the-secret-of-accounting'),
    OPENAI_BASE_URL: model.url,
    OPENAI_MODELS: modelName,
    ...settings,
  };
  const runtime = { logger, ...(clock ? { clock } : {}) };
  const running = new Map<string, TestService>();
  const parley: Partial<Parley> = { model, logs };
  const services: Partial<Parley['services']> = {};

  const start = async (name: ServiceName, module: DynamicModule, http: Partial<HttpSettings> = {}) => {
    const known = environment[`${name.toUpperCase()}_URL`];
    const port = known === undefined ? 0 : Number(new URL(known).port);
    const service = await startTestService(module, logger, { ...http, port });
    running.set(name, service);
    environment[`${name.toUpperCase()}_URL`] = service.url;
    services[name] = service.app;
    parley[name] = service.http;
    return service;
  };
  const starting = {
    auth: async () => {
      const config = readAuthConfig(environment);
      await start('auth', Auth.for(config, runtime));
      return config;
    },
    accounting: () => start('accounting', Accounting.for(readAccountingConfig(environment), runtime)),
    chat: () => {
      const config = readChatConfig(environment);
      return start('chat', Chat.for(config, { ...runtime, offlineWordsPerSecond: 0 }), config.http);
    },
  };
  const startAll = async () => {
    const authConfig = await starting.auth();
    const accounting = await starting.accounting();
    const chat = await starting.chat();
    // At the first start their ports are known only now.
    Object.assign(authConfig.services, { accounting: accounting.url, chat: chat.url });
  };
  const stopService = async (name: string) => {
    await running.get(name)?.close();
    running.delete(name);
  };
  const stopAll = async () => {
    for (const name of ['chat', 'accounting', 'auth']) await stopService(name);
  };

  const stop = async () => {
    await stopAll();
    await Promise.all([model.stop(), databases.drop()]);
  };

  await startAll().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return Object.assign(parley as Parley, {
    services: services as Parley['services'],
    stopService,
    startService: async (name: ServiceName) => void (await starting[name]()),
    login: async (username: string) => {
      const { body } = await parley.auth!.post('/auth/login', { username, password: `parley-${username}-demo` });
      return { token: body.access_token as string, userId: body.user.id as string };
    },
    restart: async () => {
      await stopAll();
      await startAll();
    },
    stop,
  });
}

/** Asks and reads the answer to its end. */
export async function ask(
  parley: Parley,
  token: string,
  sessionId: string,
  body: object,
): Promise<{ id: string; events: SseEvent[]; text: string }> {
  const response = await parley.chat.open('POST', `/chat/sessions/${sessionId}/stream`, body, { token });
  const events = await readSse(response);
  return { id: response.headers.get('x-streaming-session-id')!, events, text: textOf(events) };
}
