import { randomUUID } from 'node:crypto';
import type { Answer, ApiClient } from './api-client.js';
import { type DemoOptions, type Login, type ServiceName, ucrPerCredit } from './options.js';

/** What earlier steps have found. */
export interface Progress {
  userId?: string;
  userToken?: string;
  adminToken?: string;
  sessionId?: string;
  /** The first model that has a price: one without cannot be used. */
  pricedModel?: string;
}

export interface Step {
  name: string;
  /** @returns what is worth showing. @throws Error saying what was wrong */
  run: (api: ApiClient, progress: Progress, options: DemoOptions) => Promise<string>;
}

const question = 'Hello! Who are you, and what can you do for me?';

/** The complete test flow, in order. */
export const steps: readonly Step[] = [
  { name: 'auth is healthy', run: health('auth') },
  { name: 'accounting is healthy', run: health('accounting') },
  { name: 'chat is healthy', run: health('chat') },
  {
    name: 'the user signs in',
    run: async (api, progress, { user }) => {
      ({ id: progress.userId, token: progress.userToken } = await login(api, user));
      return `as ${user.name}`;
    },
  },
  {
    name: 'the administrator signs in',
    run: async (api, progress, { admin }) => {
      progress.adminToken = (await login(api, admin)).token;
      return `as ${admin.name}`;
    },
  },
  {
    name: 'the administrator allocates credits to the user',
    run: async (api, { userId, adminToken }, { amountUcr }) => {
      const body = { user_id: need(userId, 'the user'), amount_ucr: amountUcr, reason: 'demo' };
      const call = { token: need(adminToken, 'the administrator'), body, idempotencyKey: randomUUID() };
      expectStatus(await api.post('accounting', '/credits/allocations', call), 201);
      return `201, ${amountUcr / ucrPerCredit} credits`;
    },
  },
  {
    name: 'the user creates a chat session',
    run: async (api, progress) => {
      const call = { token: need(progress.userToken, 'the user'), body: { title: 'Demo' } };
      const { body } = expectStatus(await api.post('chat', '/chat/sessions', call), 201);
      progress.sessionId = text(body.session_id, 'session_id');
      return `201, ${progress.sessionId}`;
    },
  },
  {
    name: 'models are listed',
    run: async (api, progress) => {
      const call = { token: need(progress.userToken, 'the user') };
      const { body } = expectStatus(await api.get('chat', '/chat/models', call), 200);
      const models = Array.isArray(body.data) ? (body.data as { id?: unknown; price?: unknown }[]) : [];
      const ids = models.map(({ id }) => String(id));
      if (ids.length === 0) throw new Error('there is none');
      progress.pricedModel = ids.find((_, index) => models[index]?.price);
      return ids.slice(0, 5).join(', ') + (ids.length > 5 ? `, and ${ids.length - 5} more` : '');
    },
  },
  { name: 'an update with the correct streaming session id is accepted', run: correctId },
  {
    name: 'an update with an incorrect streaming session id is refused',
    run: (api, progress) => refusedUpdate(api, progress, 'incorrect-id-67890'),
  },
  {
    name: 'an update with a well-formed id that was never issued is refused',
    run: (api, progress) => refusedUpdate(api, progress, `stream-${Date.now()}-${randomUUID()}`),
  },
  {
    name: 'the user deletes the chat session',
    run: async (api, { userToken, sessionId }) => {
      const path = `/chat/sessions/${need(sessionId, 'the chat session')}`;
      expectStatus(await api.delete('chat', path, { token: need(userToken, 'the user') }), 200);
      return '200';
    },
  },
];

function health(service: ServiceName): Step['run'] {
  return async (api) => {
    expectStatus(await api.get(service, '/health'), 200);
    return '200';
  };
}

async function login(api: ApiClient, { name, password }: Login): Promise<{ id: string; token: string }> {
  const body = { [name.includes('@') ? 'email' : 'username']: name, password };
  const answer = expectStatus(await api.post('auth', '/auth/login', { body }), 200);
  const { id } = (answer.body.user ?? {}) as { id?: unknown };
  return { id: text(id, 'user.id'), token: text(answer.body.access_token, 'access_token') };
}

async function correctId(api: ApiClient, progress: Progress, options: DemoOptions): Promise<string> {
  const { userToken, sessionId, pricedModel } = progress;
  const model = options.model ?? pricedModel;
  const token = need(userToken, 'the user');
  const session = `/chat/sessions/${need(sessionId, 'the chat session')}`;
  const body = { content: question, ...(model === undefined ? {} : { model }) };
  // The same key however often the network fails: a repeat attaches to the stream that has begun and pays nothing.
  const answer = await api.stream(`${session}/stream`, { token, body, idempotencyKey: randomUUID() });
  if (!('done' in answer)) throw new Error(refusal(answer, 200));
  const { streamingSessionId, text: complete, error, done, chunks } = answer;
  if (error) throw new Error(`the stream failed: ${error.code}: ${error.detail}`);
  if (done.state !== 'completed') throw new Error(`the stream ended ${done.state}`);
  const id = text(streamingSessionId, 'X-Streaming-Session-Id');
  const report = { streaming_session_id: id, complete_response: complete };
  const update = await api.post('chat', `${session}/update-stream`, { token, body: report });
  const { content_match } = expectStatus(update, 200).body;
  if (content_match !== true) throw new Error('200, but the text did not arrive as the server wrote it');
  return `200, ${chunks} chunks, ${done.tokensUsed} tokens (${done.usage.source})`;
}

async function refusedUpdate(api: ApiClient, { userToken, sessionId }: Progress, id: string): Promise<string> {
  const path = `/chat/sessions/${need(sessionId, 'the chat session')}/update-stream`;
  const body = { streaming_session_id: id, complete_response: 'This was never said.' };
  const answer = await api.post('chat', path, { token: need(userToken, 'the user'), body });
  return `400 ${text(expectStatus(answer, 400).body.code, 'code')}`;
}

function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status !== status) throw new Error(refusal(answer, status));
  return answer;
}

function refusal({ status, body }: Answer, expected: number): string {
  const said = typeof body.code === 'string' ? ` ${body.code}: ${String(body.detail)}` : '';
  return `${status} instead of ${expected}${said}`;
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`the answer has no ${name}`);
  return value;
}

function need(value: string | undefined, whose: string): string {
  if (value === undefined) throw new Error(`not possible without ${whose}`);
  return value;
}
