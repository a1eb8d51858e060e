import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runDemo } from './demo.js';
import { type DemoOptions, readOptions, UsageError } from './options.js';
import { ServicesStandIn } from './test/services.stand-in.js';

const streamRoute = 'POST /chat/sessions/s1/stream';

describe('the demo', () => {
  let services: ServicesStandIn;
  let url: string;
  let pauses: number[];

  beforeEach(async () => {
    services = new ServicesStandIn();
    url = await services.start();
    pauses = [];
  });
  afterEach(() => services.stop());

  async function run(...more: string[]) {
    const separate = ['--auth-url', url, '--accounting-url', url, '--chat-url', url];
    const options = readOptions(more.includes('--base-url') ? more : [...separate, ...more]) as DemoOptions;
    const lines: string[] = [];
    const noSleep = (ms: number) => Promise.resolve(void pauses.push(ms));
    const code = await runDemo(options, (line) => lines.push(line), noSleep);
    return { code, lines, failures: lines.filter((line) => line.startsWith('FAIL')), count: lines.at(-1) };
  }

  it('goes the whole way', async () => {
    const { code, lines } = await run();
    expect(lines.at(-1)).toBe('12 passed, 0 failed');
    expect(code).toBe(0);
    expect(lines).toHaveLength(13);
    expect(services.seen.map(({ route }) => route)).toEqual([
      'GET /health',
      'GET /health',
      'GET /health',
      'POST /auth/login',
      'POST /auth/login',
      'POST /credits/allocations',
      'POST /chat/sessions',
      'GET /chat/models',
      streamRoute,
      'POST /chat/sessions/s1/update-stream',
      'POST /chat/sessions/s1/update-stream',
      'POST /chat/sessions/s1/update-stream',
      'DELETE /chat/sessions/s1',
    ]);
  });

  it('gives the credits to the user in the name of the administrator', async () => {
    await run('--credits', '2.5', '--user', 'me@example.com');
    const { headers, body } = services.seen.find(({ route }) => route === 'POST /credits/allocations')!;
    expect(headers.authorization).toBe('Bearer token-of-admin');
    expect(body).toMatchObject({ user_id: 'id-of-me@example.com', amount_ucr: 2_500_000 });
  });

  it('[attack 112] signs in with the passwords of an exposed demo, from the environment or the command line', () => {
    const passwords = (argv: string[], environment?: Record<string, string>) => {
      const { user, admin } = readOptions(argv, environment) as DemoOptions;
      return [user.password, admin.password];
    };
    const environment = { DEMO_PASSWORD: 'one', DEMO_ADMIN_PASSWORD: 'two' };
    expect(passwords([], environment)).toEqual(['one', 'two']);
    expect(passwords(['--password', 'three'], environment)).toEqual(['three', 'two']);
    expect(passwords([], { DEMO_PASSWORD: '' })).toEqual(['parley-user1-demo', 'parley-admin-demo']);
  });

  it('asks the first model that has a price', async () => {
    await run();
    expect(services.seen.find(({ route }) => route === streamRoute)?.body.model).toBe('parley-eliza');
  });

  it('asks the model it is told to ask', async () => {
    await run('--model', 'other');
    expect(services.seen.find(({ route }) => route === streamRoute)?.body.model).toBe('other');
  });

  it('tries a forged id of the right form', async () => {
    await run();
    const ids = services.seen.flatMap(({ body }) => (body?.streaming_session_id as string) ?? []);
    expect(ids.slice(1)).toEqual([
      'incorrect-id-67890',
      expect.stringMatching(/^stream-\d{13}-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    ]);
  });

  it('finds its way behind one address', async () => {
    expect((await run('--base-url', `${url}/`)).code).toBe(0);
    const routes = services.seen.map(({ route }) => route);
    expect(routes.slice(0, 4)).toEqual([
      'GET /api/health/auth',
      'GET /api/health/accounting',
      'GET /api/health/chat',
      'POST /api/auth/login',
    ]);
  });

  describe('when a step fails', () => {
    it.each([
      ['POST /credits/allocations', 403, '403 instead of 201'],
      ['POST /chat/sessions', 200, '200 instead of 201'],
      ['GET /chat/models', 200, 'there is none'],
      [streamRoute, 402, '402 instead of 200 a_code: A sentence.'],
      ['POST /chat/sessions/s1/update-stream', 500, '500 instead of 200'],
      ['DELETE /chat/sessions/s1', 404, '404 instead of 200'],
      ['POST /auth/login', 401, '401 instead of 200'],
      ['GET /health', 503, '503 instead of 200'],
    ])('says what was wrong with %s', async (route, status, words) => {
      services.instead[route] = [status, { code: 'a_code', detail: 'A sentence.' }];
      const { code, failures, count } = await run();
      expect(failures[0]).toContain(words);
      expect(code).toBe(1);
      expect(count).toBe(`${12 - failures.length} passed, ${failures.length} failed`);
      expect(pauses).toEqual([]);
    });

    it('fails when a wrong id is accepted', async () => {
      services.instead['POST /chat/sessions/s1/update-stream'] = [200, { accepted: true, content_match: true }];
      const { failures } = await run();
      expect(failures).toHaveLength(2);
      expect(failures[1]).toContain('never issued is refused: 200 instead of 400');
    });

    it('does not make up an id when the header is missing', async () => {
      services.streamHeaders = {};
      expect((await run()).failures).toEqual([expect.stringContaining('no X-Streaming-Session-Id')]);
    });

    it('fails when the stream failed', async () => {
      const error = 'event: error\ndata: {"code":"model_failed","detail":"The model failed."}\n\n';
      services.streamEvents = [error, ...services.streamEvents.slice(2)];
      expect((await run()).failures[0]).toContain('model_failed');
    });

    it('fails, without asking again, when the stream has no end', async () => {
      services.streamEvents = services.streamEvents.slice(0, 2);
      expect((await run()).failures).toEqual([expect.stringContaining('without a done event')]);
      expect(pauses).toEqual([]);
    });

    it('fails when the text is not what the server wrote', async () => {
      services.streamEvents = services.streamEvents.slice(1);
      expect((await run()).failures).toHaveLength(1);
    });
  });

  describe('when the network fails', () => {
    it('asks again, and for the stream with the same key', async () => {
      services.instead['GET /health'] = 'cut';
      services.instead[streamRoute] = 'cut';
      expect((await run()).code).toBe(0);
      expect(pauses).toEqual([200, 200]);
      const keys = services.seen
        .filter(({ route }) => route === streamRoute)
        .map((each) => each.headers['idempotency-key']);
      expect(keys).toHaveLength(2);
      expect(keys[0]).toBe(keys[1]);
    });

    it('waits longer each time and gives up', async () => {
      await services.stop();
      const { code, count, failures } = await run();
      expect(pauses.slice(0, 5)).toEqual([200, 400, 800, 1_600, 3_200]);
      expect(failures[0]).toContain('ECONNREFUSED');
      expect(failures[5]).toContain('not possible without the user');
      expect([code, count]).toEqual([1, '0 passed, 12 failed']);
      services = new ServicesStandIn();
      await services.start();
    });
  });
});

describe('readOptions', () => {
  it('has the demo users as defaults', () => {
    const { user, admin, amountUcr } = readOptions([]) as DemoOptions;
    expect({ user, admin, amountUcr }).toEqual({
      user: { name: 'user1', password: 'parley-user1-demo' },
      admin: { name: 'admin', password: 'parley-admin-demo' },
      amountUcr: 5_000_000,
    });
  });

  it('helps', () => {
    expect(readOptions(['--help'])).toBe('help');
  });

  it.each([['--nonsense'], ['--credits=0'], ['--credits=many'], ['--base-url=ftp://x'], ['--chat-url=localhost']])(
    'refuses %s',
    (argument) => {
      expect(() => readOptions([argument])).toThrow(UsageError);
    },
  );
});
