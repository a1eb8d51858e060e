import type { DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Clock, HttpSettings } from '@parley/platform';
import { AppModule as Accounting } from '../apps/accounting/src/app.module.js';
import { readAccountingConfig } from '../apps/accounting/src/config.js';
import { AppModule as Auth } from '../apps/auth/src/app.module.js';
import { type AuthConfig, readAuthConfig } from '../apps/auth/src/config.js';
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

export const names = ['auth', 'accounting', 'chat'] as const;
export type Name = (typeof names)[number];

/** The three real services over real HTTP on one database; only the model is scripted. */
export interface Parley {
  auth: HttpClient;
  accounting: HttpClient;
  chat: HttpClient;
  model: ScriptedModel;
  logs: LogLine[];
  services: Record<Name, NestFastifyApplication>;
  login(username: string): Promise<{ token: string; userId: string }>;
  /** Stops one service, like an outage. */
  stopService(name: Name): Promise<void>;
  /** Starts it again where it was, on the same data. */
  startService(name: Name): Promise<void>;
  /** Stops some of them and starts them again on the same data, in their order; without names all of them. */
  restart(some?: readonly Name[]): Promise<void>;
  stop(): Promise<void>;
}

interface Surroundings {
  databases?: ReturnType<typeof testDatabases>;
  /** Where a service finds the server of the databases. */
  uriFor?: (name: Name) => string;
  clock?: Clock;
}

export async function startParley(
  settings: Record<string, string> = {},
  { databases = testDatabases(), uriFor = () => databases.uri, clock }: Surroundings = {},
): Promise<Parley> {
  const model = await ScriptedModel.start();
  const { logger, lines: logs } = captureLogs('parley');
  const environment: Record<string, string> = {
    DATABASE_PREFIX: databases.prefix,
    SEED_DEMO: 'true',
    AUTH_KEK: longSecret('the-key-encryption-key'),
    SERVICE_SECRET_CHAT: longSecret('the-secret-of-chat'),
    SERVICE_SECRET_ACCOUNTING: longSecret('the-secret-of-accounting'),
    OPENAI_BASE_URL: model.url,
    OPENAI_MODELS: modelName,
    ...settings,
  };
  const running = new Map<Name, TestService>();
  const runtime = { logger, ...(clock ? { clock } : {}) };
  let authConfig: AuthConfig;
  const modules: Record<Name, (environment: Record<string, string>) => [DynamicModule, HttpSettings?]> = {
    auth: (variables) => [Auth.for((authConfig = readAuthConfig(variables)), runtime)],
    accounting: (variables) => [Accounting.for(readAccountingConfig(variables), runtime)],
    chat: (variables) => {
      const config = readChatConfig(variables);
      return [Chat.for(config, { ...runtime, offlineWordsPerSecond: 0 }), config.http];
    },
  };

  const parley = { model, logs, services: {} } as Parley;
  const startService = async (name: Name) => {
    const [module, http] = modules[name]({ ...environment, MONGODB_URI: uriFor(name) });
    const before = environment[`${name.toUpperCase()}_URL`];
    const port = before === undefined ? 0 : Number(new URL(before).port);
    const service = await startTestService(module, logger, { ...http, port });
    running.set(name, service);
    environment[`${name.toUpperCase()}_URL`] = service.url;
    // Auth starts before the ports of the others are known.
    if (name !== 'auth') authConfig.services[name] = service.url;
    parley[name] = service.http;
    parley.services[name] = service.app;
  };
  const stopService = async (name: Name) => {
    await running.get(name)?.close();
    running.delete(name);
  };
  const restart = async (some: readonly Name[] = names) => {
    for (const name of names.toReversed()) if (some.includes(name)) await stopService(name);
    for (const name of names) if (some.includes(name)) await startService(name);
  };
  const stop = async () => {
    for (const name of names.toReversed()) await stopService(name);
    await Promise.all([model.stop(), databases.drop()]);
  };
  const login = async (username: string) => {
    const { body } = await parley.auth.post('/auth/login', { username, password: `parley-${username}-demo` });
    return { token: body.access_token as string, userId: body.user.id as string };
  };

  await restart().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return Object.assign(parley, { login, stopService, startService, restart, stop });
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
