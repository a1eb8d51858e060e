import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpClient } from '@parley/testing';
import { type Parley, startParley } from '../parley.js';
import { documentedRoutes, isClosed, type Route } from './documented-routes.js';

interface Operation {
  responses: Record<string, { description: string; content?: Record<string, unknown> }>;
}
/** What was sent, and the answer. */
type Sent = [string, Response];

/** Bodies that no route accepts. */
const badBodies: Array<[string, string]> = [
  ['malformed JSON', '{"a":'],
  ['nothing', ''],
  ['a text', '"text"'],
  ['a list', '[]'],
  ['null', 'null'],
  ['a number', '1e400'],
  ['an unknown field', '{"no_such_field":1}'],
  ['a prototype', '{"__proto__":{"isAdmin":true}}'],
  ['a constructor', '{"constructor":{"prototype":{"isAdmin":true}}}'],
  ['deep nesting', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
  ['1 MB', JSON.stringify({ content: 'x'.repeat(1_000_000) })],
];
/** Values where a text or a number belongs. */
const badValues: unknown[] = [
  { $gt: '' },
  { $ne: null },
  ['x'],
  true,
  null,
  -1,
  1.5,
  1e308,
  '\u0000',
  'x'.repeat(5_000),
];
const badIds = [
  '%00',
  '..%2f..%2fetc',
  '%7B%22$gt%22:%22%22%7D',
  'x'.repeat(700),
  "'%20OR%201=1--",
  '__proto__',
  '%E0%A4%A',
];

describe('bad input on every documented route', () => {
  let parley: Parley;
  let tokens: Record<string, string | undefined>;
  let routes: Route[];

  beforeAll(async () => {
    parley = await startParley();
    tokens = {
      user: (await parley.login('user1')).token,
      admin: (await parley.login('admin')).token,
      none: undefined,
      garbage: 'garbage',
      unsigned: 'eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJzdWIiOiJ1c3JfMSJ9.x',
    };
    routes = await documentedRoutes(parley);
  });
  afterAll(() => parley.stop());

  const send = (route: Route, token: string | undefined, raw: string | undefined, id = 'no-such-id') => {
    const http: HttpClient = parley[route.service];
    const path = route.path.replaceAll(/\{[^}]+\}/g, id);
    return http.open(route.method.toUpperCase(), path, undefined, {
      ...(token === undefined ? {} : { token }),
      ...(raw === undefined ? {} : { raw }),
    });
  };
  const bodyFor = ({ method }: Route) => (method === 'get' || method === 'delete' ? undefined : '{}');
  const withBody = () => routes.filter(({ takesBody }) => takesBody);
  const faces = async (answers: Array<Promise<Sent>>) =>
    Promise.all(
      answers.map(async (answer) => {
        const [name, response] = await answer;
        await response.arrayBuffer();
        return { name, status: response.status, type: response.headers.get('content-type')?.split(';')[0] };
      }),
    );
  /** A route at a time: a thousand requests at once are what a service answers with 503. */
  const inTurn = async (among: Route[], sentTo: (route: Route) => Array<Promise<Sent>>) => {
    const all = [];
    for (const route of among) all.push(...(await faces(sentTo(route))));
    return all;
  };
  /** Answers that are neither a proper refusal nor the success of a route that needs no body. */
  const notRefused = (all: Array<{ name: string; status: number; type: string | undefined }>) =>
    all.filter(({ status, type }) => status < 400 || status >= 500 || type !== 'application/problem+json');

  it('finds the routes of the three services', () => {
    expect(routes.length).toBeGreaterThan(25);
    expect(withBody().length).toBeGreaterThan(8);
  });

  it.each(badBodies)('%s as a body is a 4xx problem, for a user and for an administrator', async (_name, raw) => {
    const all = await inTurn(withBody(), (route) =>
      ['user', 'admin'].map(async (who): Promise<Sent> => [
        `${who} ${route.method} ${route.path}`,
        await send(route, tokens[who], raw),
      ]),
    );
    expect(notRefused(all)).toEqual([]);
  });

  it('a wrong value in any field is a 4xx problem', async () => {
    const all = await inTurn(withBody(), (route) =>
      route.fields.flatMap((field) =>
        badValues.map(async (value): Promise<Sent> => [
          `${route.path} ${field}=${JSON.stringify(value).slice(0, 40)}`,
          await send(route, tokens.admin, JSON.stringify({ [field]: value })),
        ]),
      ),
    );
    expect(
      all.filter(({ status, type }) => status >= 500 || (status >= 400 && type !== 'application/problem+json')),
    ).toEqual([]);
  });

  it('a strange id is never a 5xx, and never finds anything', async () => {
    const named = routes.filter(({ path }) => path.includes('{'));
    const all = await inTurn(named, (route) =>
      badIds.map(async (id): Promise<Sent> => [
        `${route.method} ${route.path} ${id.slice(0, 20)}`,
        await send(route, tokens.user, bodyFor(route), id),
      ]),
    );
    expect(notRefused(all)).toEqual([]);
  });

  it.each(['none', 'garbage', 'unsigned'])('token %s opens nothing but what is public', async (who) => {
    const all = await inTurn(routes.filter(isClosed), (route) => [
      send(route, tokens[who], bodyFor(route)).then((answer): Sent => [`${route.method} ${route.path}`, answer]),
    ]);
    expect(all.filter(({ status }) => status !== 401)).toEqual([]);
  });

  it('has changed nothing', async () => {
    const { body: balance } = await parley.accounting.get('/credits/balance', { token: tokens.user! });
    const { body: entries } = await parley.accounting.get('/credits/entries', { token: tokens.user! });
    expect([balance.balance_ucr, balance.held_ucr, entries.data]).toEqual([0, 0, []]);
    expect(parley.model.requests).toEqual([]);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  describe('docs/api-errors.md', () => {
    const page = readFileSync(new URL('../../docs/api-errors.md', import.meta.url), 'utf8');
    /** The codes of one part of the page, each with its statuses. */
    const codesIn = (text: string) =>
      [...text.matchAll(/^\| `([a-z_]+)` +\| ([\d, ]+) \|/gm)].flatMap(([, code, statuses]) =>
        statuses!.split(',').map((status) => `${code} ${status.trim()}`),
      );
    const ofEveryRoute = page.split('## Of every route')[1]!.split('\n## ')[0]!;

    it('has every code that the three services document, with its status, and none that they do not', async () => {
      const documents = await Promise.all(
        [parley.auth, parley.accounting, parley.chat].map(async (http) => (await http.get('/openapi.json')).body),
      );
      const operations = documents.flatMap(({ paths }) =>
        Object.values(paths as Record<string, Record<string, Operation>>).flatMap((item) => Object.values(item)),
      );
      const documented = operations.flatMap(({ responses }) =>
        Object.entries(responses).flatMap(([status, { description, content }]) =>
          content?.['application/problem+json']
            ? [...description.matchAll(/`([a-z_]+)`/g)].map(([, code]) => `${code} ${status}`)
            : [],
        ),
      );
      const told = codesIn(page);
      expect([...new Set(documented)].filter((each) => !told.includes(each)).sort()).toEqual([]);
      const common = codesIn(ofEveryRoute);
      expect(told.filter((each) => !documented.includes(each) && !common.includes(each)).sort()).toEqual([]);
      expect(new Set(told).size).toBe(told.length);
    });
  });
});
