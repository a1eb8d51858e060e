import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  compileProduct,
  freePort,
  newGate,
  readSse,
  ScriptedModel,
  ServiceProcess,
  sseEvents,
  testDatabases,
  textOf,
} from '@parley/testing';
import { MongoClient } from 'mongodb';

const model = 'scripted-1';
const names = ['auth', 'accounting', 'chat'] as const;
const secret = (name: string) => `${name}-of-this-test-run-which-is-long-enough`;

describe('services that are killed', () => {
  const databases = testDatabases();
  const product = compileProduct();
  const mongo = new MongoClient(databases.uri);
  let services: Record<(typeof names)[number], ServiceProcess>;
  let scripted: ScriptedModel;
  let token: string;
  let session: string;

  beforeAll(async () => {
    scripted = await ScriptedModel.start();
    const [auth, accounting, chat] = [await freePort(), await freePort(), await freePort()];
    const environment = {
      MONGODB_URI: databases.uri,
      DATABASE_PREFIX: databases.prefix,
      SEED_DEMO: 'true',
      AUTH_PORT: String(auth),
      ACCOUNTING_PORT: String(accounting),
      CHAT_PORT: String(chat),
      AUTH_URL: `http://127.0.0.1:${auth}`,
      ACCOUNTING_URL: `http://127.0.0.1:${accounting}`,
      CHAT_URL: `http://127.0.0.1:${chat}`,
      AUTH_KEK: secret('the-key-encryption-key'),
      SERVICE_SECRET_CHAT: secret('the-secret-of-chat'),
      SERVICE_SECRET_ACCOUNTING: secret('the-secret-of-accounting'),
      OPENAI_BASE_URL: scripted.url,
      OPENAI_MODELS: model,
    };
    const build = (name: string, port: number) =>
      new ServiceProcess(`${product.directory}/apps/${name}/src/main.js`, port, environment);
    services = { auth: build('auth', auth), accounting: build('accounting', accounting), chat: build('chat', chat) };
    await Promise.all(names.map((name) => services[name].start()));
    await mongo.connect();
    const [user, admin] = [await login('user1'), await login('admin')];
    token = user.access_token;
    const rates = { input_ucr_per_mtok: 1_000_000, output_ucr_per_mtok: 1_000_000, per_call_ucr: 0 };
    const price = { ...rates, cache_read_ucr_per_mtok: 0, cache_write_ucr_per_mtok: 0, free: false };
    await services.accounting.http.put(`/prices/${model}`, price, { token: admin.access_token });
    const allocation = { user_id: user.user.id, amount_ucr: 1_000_000, reason: 'for the test' };
    await services.accounting.http.post('/credits/allocations', allocation, { token: admin.access_token });
  });
  beforeEach(async () => {
    session = (await services.chat.http.post('/chat/sessions', {}, { token })).body.session_id;
  });
  afterAll(async () => {
    await Promise.all(names.map((name) => services[name].kill()));
    await Promise.all([scripted.stop(), mongo.close(), databases.drop()]);
    product.remove();
  });

  const login = async (username: string) =>
    (await services.auth.http.post('/auth/login', { username, password: `parley-${username}-demo` })).body;
  const start = () =>
    services.chat.http.open('POST', `/chat/sessions/${session}/stream`, { content: 'Hello' }, { token });
  const balance = async () => (await services.accounting.http.get('/credits/balance', { token })).body;
  const status = async (id: string) =>
    (await services.chat.http.get(`/chat/sessions/${session}/streams/${id}/status`, { token })).body;
  const untilSettled = async (id: string) => {
    for (;;) {
      const now = await status(id);
      if (typeof now.charged_ucr === 'number') return now;
    }
  };

  it('accounting before the hold: 503 with Retry-After and no model call; and it goes on when it is back', async () => {
    await services.accounting.kill();
    const asked = scripted.requests.length;
    const refused = await start();
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      503,
      'accounting_unavailable',
    ]);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(scripted.requests.length).toBe(asked);
    await services.accounting.start();
    expect(textOf(await readSse(await start()))).toBe('You said: Hello');
  });

  it('accounting while an answer is given: the answer is whole, and is settled once when it is back', async () => {
    const before = await balance();
    const gate = newGate();
    scripted.answers(['whole ', gate, 'answer'], { usage: { input_tokens: 30, output_tokens: 12 } });
    const response = await start();
    const id = response.headers.get('x-streaming-session-id')!;
    await gate.reached;
    await services.accounting.kill();
    gate.release();
    const events = await readSse(response);
    expect(textOf(events)).toBe('whole answer');
    expect(events.at(-1)!.data).toMatchObject({ state: 'completed', charged_ucr: null });
    await services.accounting.start();
    expect((await untilSettled(id)).charged_ucr).toBe(42);
    expect(await balance()).toMatchObject({ balance_ucr: before.balance_ucr - 42, held_ucr: 0 });
  });

  it('chat while an answer is given: the text in the log is kept and paid for, nothing is generated again', async () => {
    const before = await balance();
    const gate = newGate();
    scripted.answers(['12345678', gate, ' lost'], { usage: null });
    const asked = scripted.requests.length;
    const response = await start();
    const id = response.headers.get('x-streaming-session-id')!;
    for await (const { event } of sseEvents(response)) if (event === 'chunk') break;
    await services.chat.kill();
    gate.release();
    // The lease of a dead process runs out by the database's clock; the test does not wait for it.
    const streams = mongo.db(`${databases.prefix}_chat`).collection<{ _id: string }>('chat_streams');
    await streams.updateOne({ _id: id }, { $set: { lease_until: new Date(0) } });
    await services.chat.start();
    const ended = await untilSettled(id);
    expect(ended).toMatchObject({
      state: 'interrupted',
      last_seq: 1,
      usage: { output_tokens: 2, source: 'estimated' },
    });
    expect(await balance()).toMatchObject({ balance_ucr: before.balance_ucr - ended.charged_ucr, held_ucr: 0 });
    expect(scripted.requests.length).toBe(asked + 1);
    const { body } = await services.chat.http.get(`/chat/sessions/${session}/messages`, { token });
    expect(body.data.map(({ content }: { content: string }) => content)).toEqual(['Hello', '12345678']);
    expect(textOf(await readSse(await start()))).toBe('You said: Hello');
  });
});
