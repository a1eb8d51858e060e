import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getModelToken } from '@nestjs/mongoose';
import type { TestService } from '@parley/testing';
import type { Model } from 'mongoose';
import { type User, USERS } from '../src/users/user.schema.js';
import { AuthInstallation } from './running-auth.js';

const password = 'parley-user1-demo';

describe('POST /auth/login', () => {
  const installation = new AuthInstallation();
  let auth: TestService;
  const logIn = (body: unknown) => auth.http.post('/auth/login', body);

  beforeAll(async () => {
    auth = await installation.start();
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
    ])('refuses it with %s: %j', async (code, body) => {
      const answer = await logIn(body);
      expect([answer.status, answer.body.code]).toEqual([400, code]);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
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
      '{"username":"user1","password":',
      '',
      'username=user1',
      `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
    ])('refuses the body %#', async (raw) => {
      const { status } = await auth.http.post('/auth/login', undefined, { raw });
      expect(status).toBe(400);
      expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
    });

    it('refuses fields that a form or a query smuggles in', async () => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const form = await auth.http.post('/auth/login', undefined, { raw: 'email[$ne]=x&password[$ne]=x', headers });
      expect([400, 415]).toContain(form.status);
      expect((await auth.http.post('/auth/login?username=user1&password=x', {})).status).toBe(400);
    });

    it('refuses a body of a megabyte, and one that is not JSON', async () => {
      const large = await logIn({ ...name, password: 'p'.repeat(1_048_576) });
      expect([large.status, large.body.code]).toEqual([413, 'body_too_large']);
      const request = { raw: '<login/>', headers: { 'content-type': 'text/xml' } };
      const xml = await auth.http.post('/auth/login', undefined, request);
      expect([xml.status, xml.body.code]).toEqual([415, 'unsupported_media_type']);
    });

    it('changes nothing, and the next good request succeeds', async () => {
      const users: Model<User> = auth.app.get(getModelToken(USERS), { strict: false });
      expect(await users.countDocuments({})).toBe(3);
      expect((await logIn({ ...name, password })).status).toBe(200);
    });
  });
});
