import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { namesSet, refreshCookie } from './browser.js';
import { seen, SessionScene } from './session-scene.js';

const scene = new SessionScene();
const { signedIn } = scene;

beforeAll(() =>
  scene.start({ CORS_ORIGINS: 'https://app.example.com,http://localhost:*', TRUSTED_PROXIES: '127.0.0.1' }),
);
afterAll(scene.remove);

describe('a request with the refresh cookie from another site', () => {
  const routes = ['/auth/refresh', '/auth/logout', '/auth/logout-all'];
  const ours = { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-site', 'content-type': 'application/json' };
  const foreign: Array<[string, Record<string, string>, string?]> = [
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=b'],
    ['a form with a file', { 'content-type': 'multipart/form-data; boundary=x' }, '--x--'],
    ['a text', { 'content-type': 'text/plain' }, '{}'],
    ['a text that looks like JSON', { 'content-type': 'text/plain;application/json' }, '{}'],
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['no origin that can be named', { origin: 'null' }],
    ['an origin that ends like ours', { origin: 'https://evil-app.example.com' }],
    ['an origin that begins like ours', { origin: 'https://app.example.com.evil.example' }],
    ['ours without encryption', { origin: 'http://app.example.com' }],
    ['ours on another port', { origin: 'https://app.example.com:8443' }],
    ['ours, which the browser calls another site', { 'sec-fetch-site': 'cross-site' }],
    ['a click from elsewhere', { 'sec-fetch-site': 'none' }],
  ];

  it.each(foreign)('[attack 27] is refused: %s', async (_what, change, raw = '{}') => {
    const { browser, sid } = await signedIn();
    const before = await scene.sessions.findOne({ _id: sid }).lean();
    for (const route of routes) {
      const headers = { ...ours, ...change, cookie: `${refreshCookie}=${browser.refreshToken}` };
      const answer = await scene.auth.http.post(route, undefined, { raw, headers });
      expect([route, ...seen(answer)]).toEqual([route, 403, 'csrf']);
      expect(namesSet(answer)).toEqual([]);
    }
    expect(await scene.sessions.findOne({ _id: sid }).lean()).toEqual(before);
    expect((await browser.refresh()).status).toBe(200);
  });

  it('[attack 27] is refused without an origin, whatever the browser says about the site', async () => {
    const { browser, sid } = await signedIn();
    const cookie = `${refreshCookie}=${browser.refreshToken}`;
    const sites: Array<Record<string, string>> = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-origin' },
      {},
    ];
    for (const site of sites) {
      const headers = { 'content-type': 'application/json', cookie, ...site };
      for (const route of routes) {
        expect(seen(await scene.auth.http.post(route, {}, { headers }))).toEqual([403, 'csrf']);
        expect(seen(await scene.auth.http.post(route, undefined, { headers: { cookie, ...site } }))).toEqual([
          403,
          'csrf',
        ]);
      }
    }
    expect(await scene.sessions.findOne({ _id: sid }).lean()).toMatchObject({ refresh_counter: 0, ended_at: null });
    expect((await browser.refresh()).status).toBe(200);
  });

  it.each([
    ['a page on the list', { origin: 'https://app.example.com' }],
    ['a page of this machine', { origin: 'http://localhost:5173' }],
    ['an old browser, which says nothing about the site', { 'sec-fetch-site': '' }],
  ])('is taken when it comes from %s', async (_what, change) => {
    const { browser } = await signedIn();
    const headers = { ...ours, ...change, cookie: `${refreshCookie}=${browser.refreshToken}` };
    if (headers['sec-fetch-site'] === '') delete (headers as Partial<typeof headers>)['sec-fetch-site'];
    expect((await scene.auth.http.post('/auth/refresh', {}, { headers })).status).toBe(200);
  });

  it('is taken from a page of auth itself, behind a proxy too', async () => {
    const { browser } = await signedIn();
    const headers = { ...ours, 'sec-fetch-site': 'same-origin', cookie: `${refreshCookie}=${browser.refreshToken}` };
    const here = { ...headers, origin: scene.auth.url };
    expect((await scene.auth.http.post('/auth/refresh', {}, { headers: here })).status).toBe(200);
    const proxied = {
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'chat.example.org',
    };
    const there = { ...headers, ...proxied, origin: 'https://chat.example.org' };
    expect((await scene.auth.http.post('/auth/refresh', {}, { headers: there })).status).toBe(200);
    const plain = { ...headers, ...proxied, origin: 'http://chat.example.org' };
    expect(seen(await scene.auth.http.post('/auth/refresh', {}, { headers: plain }))).toEqual([403, 'csrf']);
  });
});

describe('CORS', () => {
  const preflight = (origin: string, path = '/auth/refresh') =>
    fetch(`${scene.auth.url}${path}`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    });

  it.each([
    'https://evil.example',
    'null',
    'https://app.example.com.evil.example',
    'https://evil-app.example.com',
    'https://app.example.com:8443',
    'http://app.example.com',
    'https://APP.example.com',
    'http://localhost:8080.evil.example',
    'http://localhost',
  ])('[attack 104] allows nothing to %s', async (origin) => {
    const answers = [await preflight(origin), await fetch(`${scene.auth.url}/auth/me`, { headers: { origin } })];
    for (const { headers } of answers) {
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('vary')).toContain('Origin');
    }
  });

  it.each(['https://app.example.com', 'http://localhost:5173'])(
    '[attack 104] lets %s send cookies, by its own name and never by a star',
    async (origin) => {
      for (const { headers } of [
        await preflight(origin),
        await fetch(`${scene.auth.url}/auth/me`, { headers: { origin } }),
      ]) {
        expect(headers.get('access-control-allow-origin')).toBe(origin);
        expect(headers.get('access-control-allow-credentials')).toBe('true');
        expect(headers.get('vary')).toContain('Origin');
      }
    },
  );
});
