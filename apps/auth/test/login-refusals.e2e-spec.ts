import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getModelToken } from '@nestjs/mongoose';
import type { TestService } from '@parley/testing';
import type { Model } from 'mongoose';
import { type User, USERS } from '../src/users/user.schema.js';
import { commandsOf, monitoredDatabase } from './database-commands.js';
import { AuthInstallation } from './running-auth.js';

const password = 'parley-user1-demo';

describe('POST /auth/login', () => {
  const installation = new AuthInstallation();
  let auth: TestService;
  const logIn = (body: unknown) => auth.http.post('/auth/login', body);

  beforeAll(async () => {
    auth = await installation.start(monitoredDatabase());
  });
  afterAll(() => installation.remove());

  describe('when the request is not one', () => {
    const name = { username: 'user1' };

    it.each<[string, unknown]>([
      ['validation_failed', { email: { $gt: '' }, password: { $gt: '' } }],
      ['validation_failed', { username: { $ne: null }, password }],
      ['validation_failed', { username: { $regex: '^u' }, password }],
      ['validation_failed', { ...name, password: { $where: 'true' } }],
      ['validation_failed', { username: ['user1'], password }],
      ['validation_failed', { ...name, password: [password] }],
      ['validation_failed', { ...name, password: 7 }],
      ['validation_failed', { ...name, password: null }],
      ['validation_failed', { ...name, password: '' }],
      ['validation_failed', { ...name, password, org_id: { $ne: null } }],
      ['validation_failed', { username: { _bsontype: 'ObjectId' }, password }],
      ['validation_failed', { ...name }],
      ['validation_failed', { password }],
      ['validation_failed', { ...name, email: 'user1@example.com', password }],
      ['validation_failed', { email: 'a@x.com\r\nBcc: b@y.com', password }],
      ['validation_failed', { email: 'a@x.com,b@y.com', password }],
      ['validation_failed', { email: '"a@x.com x"@example.com', password }],
      ['validation_failed', { username: 'user1\u0000', password }],
      ['validation_failed', { username: '../user1', password }],
      ['validation_failed', {}],
      ['validation_failed', []],
      ['validation_failed', [{ ...name, password }]],
      ['validation_failed', null],
      ['validation_failed', 'user1'],
      ['unknown_field', { ...name, password, is_platform_admin: true }],
      ['unknown_field', { ...name, password, role: 'platform_admin' }],
    ])('[attack 34] refuses it with %s, and asks the database for nothing: %j', async (code, body) => {
      const commands = await commandsOf(auth, async () => {
        const answer = await logIn(body);
        expect([answer.status, answer.body.code]).toEqual([400, code]);
        expect(answer.headers.get('content-type')).toContain('application/problem+json');
        expect(answer.body.request_id).toEqual(expect.any(String));
      });
      expect(commands).toEqual([]);
    });

    it.each([
      { password: 'p'.repeat(513) },
      { password, username: 'u'.repeat(33) },
      { password, org_id: 'o'.repeat(101) },
    ])('refuses what is too long (%#)', async (change) => {
      const { status, body } = await logIn({ ...name, ...change });
      expect([status, body.code]).toEqual([400, 'validation_failed']);
    });

    it.each([
      '{"__proto__":{"isAdmin":true},"username":"user1","password":"x"}',
      '{"constructor":{"prototype":{"isAdmin":true}},"username":"user1","password":"x"}',
      '{"username":"user1","password":"x","username":{"__proto__":{"isAdmin":true}}}',
      `{"username":"nobody","username":"user1","password":"${password}"}`,
      `{"username":"user1","password":"wrong","password":"${password}"}`,
      '{"username":"user1","password":',
      '',
      'username=user1',
      `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
      `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
    ])('[attack 35] refuses the body %#', async (raw) => {
      const { status, body } = await auth.http.post('/auth/login', undefined, { raw });
      expect([status, body.code]).toEqual([
        400,
        expect.stringMatching(/^(malformed_json|validation_failed|unknown_field)$/),
      ]);
      expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
    });

    it('[attack 34] refuses fields that a form or a query smuggles in', async () => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const form = await auth.http.post('/auth/login', undefined, { raw: 'email[$ne]=x&password[$ne]=x', headers });
      expect([400, 415]).toContain(form.status);
      expect((await auth.http.post('/auth/login?username=user1&password=x', {})).status).toBe(400);
    });

    it.each([33 * 1_024, 1_048_576, 10_485_760])('[attack 36] refuses a body of %d bytes', async (bytes) => {
      const large = await logIn({ ...name, password: 'p'.repeat(bytes) });
      expect([large.status, large.body.code]).toEqual([413, 'body_too_large']);
    });

    it('[attack 36] unpacks nothing', async () => {
      const bomb = gzipSync(Buffer.alloc(4_194_304, ' '));
      const send = (body: Uint8Array) =>
        fetch(`${auth.url}/auth/login`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
          body: Buffer.from(body),
        });
      const small = await send(bomb);
      expect([small.status, await small.json()]).toEqual([400, expect.objectContaining({ code: 'malformed_json' })]);
      const large = await send(Buffer.concat(Array.from({ length: 10 }, () => bomb)));
      expect([large.status, await large.json()]).toEqual([413, expect.objectContaining({ code: 'body_too_large' })]);
    });

    it('[attack 36] refuses a body that is not JSON', async () => {
      const request = { raw: '<login/>', headers: { 'content-type': 'text/xml' } };
      const xml = await auth.http.post('/auth/login', undefined, request);
      expect([xml.status, xml.body.code]).toEqual([415, 'unsupported_media_type']);
    });

    const json = JSON.stringify({ ...name, password });
    it.each<[string, number, string, string]>([
      ['a length that is less than what comes', 400, `content-length: ${json.length - 5}`, json],
      ['two lengths', 400, `content-length: ${json.length}\r\ncontent-length: 5`, json],
      ['a length and chunks', 400, `content-length: 5\r\ntransfer-encoding: chunked`, `5\r\n${json}\r\n0\r\n\r\n`],
      ['a length that is none', 400, 'content-length: -1', json],
      ['a length above the limit with nothing behind it', 413, 'content-length: 40000', '{'],
      ['chunks without end', 413, 'transfer-encoding: chunked', `4000\r\n${' '.repeat(0x4000)}\r\n`.repeat(3)],
    ])('[attack 36] refuses %s', async (_what, status, length, sent) => {
      const head = 'POST /auth/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json';
      expect(await said(`${head}\r\n${length}\r\n\r\n${sent}`)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    });

    /** The beginning of what the service says to bytes that are sent as they are. */
    async function said(bytes: string): Promise<string> {
      const socket = connect(Number(new URL(auth.url).port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(bytes);
      const [first] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      return first.toString();
    }

    it('changes nothing, and the next good request succeeds', async () => {
      const users: Model<User> = auth.app.get(getModelToken(USERS), { strict: false });
      expect(await users.countDocuments({})).toBe(3);
      expect((await logIn({ ...name, password })).status).toBe(200);
    });
  });
});
