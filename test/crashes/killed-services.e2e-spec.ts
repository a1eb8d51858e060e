import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SystemClock } from '@parley/platform';
import {
  AuthStandIn,
  freePort,
  newGate,
  productBuild,
  readSse,
  ScriptedModel,
  ServiceProcess,
  sseEvents,
  testDatabases,
  textOf,
} from '@parley/testing';
import { MongoClient } from 'mongodb';

const model = 'scripted-1';
const secret = (name: string) => `${name}-of-this-test-run-which-is-long-enough`;
const url = (port: number) => `http://127.0.0.1:${port}`;

describe('services that are killed', () => {
  const databases = testDatabases();
  const mongo = new MongoClient(databases.uri);
  let auth: AuthStandIn;
  let accounting: ServiceProcess;
  let chat: ServiceProcess;
  let scripted: ScriptedModel;
  let token: string;

  beforeAll(async () => {
    [auth, scripted] = [await AuthStandIn.start(new SystemClock()), await ScriptedModel.start()];
    const ports = { accounting: await freePort(), chat: await freePort() };
    const environment = {
      MONGODB_URI: databases.uri,
      DATABASE_PREFIX: databases.prefix,
      ACCOUNTING_PORT: String(ports.accounting),
      CHAT_PORT: String(ports.chat),
      AUTH_URL: auth.url,
      ACCOUNTING_URL: url(ports.accounting),
      CHAT_URL: url(ports.chat),
      SERVICE_SECRET_CHAT: secret('the-secret-of-chat'),
      SERVICE_SECRET_ACCOUNTING: secret('the-secret-of-accounting'),
      OPENAI_BASE_URL: scripted.url,
      OPENAI_MODELS: model,
    };
    const build = (name: 'accounting' | 'chat') =>
      new ServiceProcess(`${productBuild()}/apps/${name}/src/main.js`, ports[name], environment);
    [accounting, chat] = [build('accounting'), build('chat')];
    await Promise.all([accounting.start(), chat.start(), mongo.connect()]);
    token = auth.user('usr_1', ['chat:*', 'models:read', 'credits:read']);
    const admin = { token: auth.user('usr_admin', ['credits:*', 'prices:*']) };
    const rates = { input_ucr_per_mtok: 1_000_000, output_ucr_per_mtok: 1_000_000, per_call_ucr: 0 };
    const price = { ...rates, cache_read_ucr_per_mtok: 0, cache_write_ucr_per_mtok: 0, free: false };
    const allocation = { user_id: 'usr_1', amount_ucr: 1_000_000, reason: 'for the test' };
    const priced = await accounting.http.put(`/prices/${model}`, price, admin);
    const allocated = await accounting.http.post('/credits/allocations', allocation, admin);
    expect([priced.status, allocated.status]).toEqual([201, 201]);
  });
  afterAll(async () => {
    await Promise.all([accounting.kill(), chat.kill()]);
    await Promise.all([auth.stop(), scripted.stop(), mongo.close(), databases.drop()]);
  });

  const newSession = async () => (await chat.http.post('/chat/sessions', {}, { token })).body.session_id as string;
  const start = (session: string) =>
    chat.http.open('POST', `/chat/sessions/${session}/stream`, { content: 'Hello' }, { token });
  const idOf = (response: Response) => response.headers.get('x-streaming-session-id')!;
  const balance = async () => (await accounting.http.get('/credits/balance', { token })).body;
  /** Makes something in a stream's record due at once, so that the test need not wait for it. */
  const hasten = (id: string, field: string) =>
    mongo
      .db(`${databases.prefix}_chat`)
      .collection<{ _id: string }>('chat_streams')
      .updateOne({ _id: id }, { $set: { [field]: new Date(0) } });
  /** Accounting's log says that it was told; chat stores that a moment later. */
  const settling = (id: string) => accounting.says(new RegExp(`"path":"/holds/${id}/settle".*"status":20`));
  const untilSettled = async (session: string, id: string) => {
    for (;;) {
      const { body } = await chat.http.get(`/chat/sessions/${session}/streams/${id}/status`, { token });
      if (typeof body.charged_ucr === 'number') return body;
    }
  };

  describe('accounting, while an answer is given', () => {
    let session: string;
    let id: string;
    let before: { balance_ucr: number };

    it('the answer is whole, and its bill is open', async () => {
      [session, before] = [await newSession(), await balance()];
      const gate = newGate();
      scripted.answers(['whole ', gate, 'answer'], { usage: { input_tokens: 30, output_tokens: 12 } });
      const response = await start(session);
      id = idOf(response);
      await gate.reached;
      await accounting.kill();
      gate.release();
      const events = await readSse(response);
      expect(textOf(events)).toBe('whole answer');
      expect(events.at(-1)!.data).toMatchObject({ state: 'completed', charged_ucr: null });
    });

    it('the next start is a 503 with Retry-After and no model call', async () => {
      const asked = scripted.requests.length;
      const refused = await start(await newSession());
      const { code } = (await refused.json()) as { code: string };
      expect([refused.status, code]).toEqual([503, 'accounting_unavailable']);
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(scripted.requests.length).toBe(asked);
    });

    it('when it is back the answer is settled once, and the next one is given', async () => {
      const settled = settling(id);
      await accounting.start();
      await hasten(id, 'settlement.next_attempt_at');
      await settled;
      expect((await untilSettled(session, id)).charged_ucr).toBe(42);
      expect(await balance()).toMatchObject({ balance_ucr: before.balance_ucr - 42, held_ucr: 0 });
      expect(textOf(await readSse(await start(await newSession())))).toBe('You said: Hello');
    });
  });

  it('[stream 17] chat while an answer is given: the text in the log is kept and paid for, nothing is generated again', async () => {
    const [session, before] = [await newSession(), await balance()];
    const gate = newGate();
    scripted.answers(['12345678', gate, ' lost'], { usage: null });
    const asked = scripted.requests.length;
    const response = await start(session);
    const id = idOf(response);
    for await (const { event } of sseEvents(response)) if (event === 'chunk') break;
    await chat.kill();
    gate.release();
    // The lease of a dead process runs out by the database's clock.
    await hasten(id, 'lease_until');
    const settled = settling(id);
    await chat.start();
    await settled;
    const ended = await untilSettled(session, id);
    expect(ended).toMatchObject({
      state: 'interrupted',
      last_seq: 1,
      usage: { output_tokens: 2, source: 'estimated' },
    });
    expect(await balance()).toMatchObject({ balance_ucr: before.balance_ucr - ended.charged_ucr, held_ucr: 0 });
    expect(scripted.requests.length).toBe(asked + 1);
    const { body } = await chat.http.get(`/chat/sessions/${session}/messages`, { token });
    expect(body.data.map(({ content }: { content: string }) => content)).toEqual(['Hello', '12345678']);
    expect(textOf(await readSse(await start(session)))).toBe('You said: Hello');
  });
});
