import {
  AccountingStandIn,
  AuthStandIn,
  captureLogs,
  type HttpClient,
  type LogLine,
  readSse,
  ScriptedModel,
  type SseEvent,
  startTestService,
  TestClock,
  testDatabases,
  textOf,
} from '@parley/testing';
import { getConnectionToken } from '@nestjs/mongoose';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Connection } from 'mongoose';
import { AppModule } from '../src/app.module.js';
import { readChatConfig } from '../src/config.js';
import { LiveStreams } from '../src/readers/live-streams.js';
import type { StreamRecord } from '../src/streams/stream.schema.js';

export const modelName = 'scripted-1';

/** The chat service on a real database, with stand-ins for auth, accounting and the model, all over real HTTP. */
export interface ChatHarness {
  app: NestFastifyApplication;
  http: HttpClient;
  url: string;
  clock: TestClock;
  auth: AuthStandIn;
  accounting: AccountingStandIn;
  model: ScriptedModel;
  logs: LogLine[];
  /** Tokens of two ordinary users. */
  alice: string;
  bob: string;
  createSession(token?: string): Promise<string>;
  start(sessionId: string, body?: object, headers?: Record<string, string>, token?: string): Promise<Response>;
  /** Asks and reads to the end. */
  ask(sessionId: string, content?: string): Promise<Answer>;
  report(sessionId: string, body: unknown, token?: string): ReturnType<HttpClient['post']>;
  /** The collection of stream records. */
  streams(): ReturnType<typeof streamsOf>;
  record(id: string): Promise<StreamRecord>;
  /** Waits until so many chunks of a running answer are in its log and visible. */
  untilShown(id: string, seq?: number): Promise<void>;
  /** As if the process that runs the stream had been silent for longer than its lease. */
  abandon(id: string): Promise<unknown>;
  stop(): Promise<void>;
}

export interface Answer {
  id: string;
  events: SseEvent[];
  text: string;
}

const streamsOf = (app: NestFastifyApplication) =>
  app.get<Connection>(getConnectionToken()).collection<StreamRecord>('chat_streams');

/** Settles when the live stream has shown that many chunks, or is over. */
async function untilShown(app: NestFastifyApplication, id: string, seq: number): Promise<void> {
  const live = app.get(LiveStreams).find(id);
  while (live && !live.over && live.lastSeq < seq) {
    await new Promise<void>((resolve) => {
      const leave = live.watch(() => {
        leave();
        resolve();
      });
    });
  }
}

export async function startChat(environment: Record<string, string> = {}): Promise<ChatHarness> {
  const clock = new TestClock();
  const databases = testDatabases();
  const [auth, accounting, model] = await Promise.all([
    AuthStandIn.start(clock),
    AccountingStandIn.start(),
    ScriptedModel.start(),
  ]);
  accounting.pricedModels = [modelName];
  const config = readChatConfig({
    MONGODB_URI: databases.uri,
    DATABASE_PREFIX: databases.prefix,
    AUTH_URL: auth.url,
    ACCOUNTING_URL: accounting.url,
    SERVICE_SECRET_CHAT: 'a-secret-of-chat-that-is-long-enough',
    OPENAI_BASE_URL: model.url,
    OPENAI_MODELS: modelName,
    ...environment,
  });
  const { logger, lines: logs } = captureLogs('chat');
  const service = await startTestService(AppModule.for(config, { logger, clock }), logger, { ...config.http, port: 0 });
  const { http } = service;
  const permissions = ['chat:*', 'models:read'];
  const alice = auth.user('usr_alice', permissions);
  const bob = auth.user('usr_bob', permissions);
  const start: ChatHarness['start'] = (sessionId, body = { content: 'Hello' }, headers = {}, token = alice) =>
    http.open('POST', `/chat/sessions/${sessionId}/stream`, body, { token, headers });
  return {
    ...{ app: service.app, http, url: service.url, clock, auth, accounting, model, logs, alice, bob, start },
    createSession: async (token = alice) =>
      (await http.post('/chat/sessions', {}, { token })).body.session_id as string,
    ask: async (sessionId, content = 'Hello') => {
      const response = await start(sessionId, { content });
      const events = await readSse(response);
      return { id: response.headers.get('x-streaming-session-id')!, events, text: textOf(events) };
    },
    report: (sessionId, body, token = alice) => http.post(`/chat/sessions/${sessionId}/update-stream`, body, { token }),
    streams: () => streamsOf(service.app),
    record: async (id) => (await streamsOf(service.app).findOne({ _id: id }))!,
    untilShown: (id, seq = 1) => untilShown(service.app, id, seq),
    abandon: (id) => streamsOf(service.app).updateOne({ _id: id }, { $set: { lease_until: new Date(0) } }),
    stop: async () => {
      await service.close();
      await Promise.all([auth.stop(), accounting.stop(), model.stop(), databases.drop()]);
    },
  };
}
