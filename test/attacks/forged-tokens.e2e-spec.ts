import { createPublicKey, createSign, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { HttpAnswer, HttpClient } from '@parley/testing';
import jwt from 'jsonwebtoken';
import type { Connection } from 'mongoose';
import { SigningKeysService } from '../../apps/auth/src/keys/signing-keys.service.js';
import { AuditTally } from '../../apps/auth/src/audit/audit-tally.js';
import { type Parley, startParley } from '../parley.js';

let parley: Parley;
let token: string;
let key: { kid: string; privateKey: KeyObject; publicKey: KeyObject };

beforeAll(async () => {
  parley = await startParley();
  ({ token } = await parley.login('user1'));
  key = parley.services.auth.get(SigningKeysService, { strict: false }).current;
});
afterAll(() => parley.stop());

const routes = (): Array<[HttpClient, string]> => [
  [parley.auth, '/auth/me'],
  [parley.accounting, '/credits/balance'],
  [parley.chat, '/chat/sessions'],
];
const askAll = (headers: Record<string, string>): Promise<HttpAnswer[]> =>
  Promise.all(routes().map(([http, path]) => http.get(path, { headers })));
const withToken = (bearer: string) => askAll({ authorization: `Bearer ${bearer}` });

/** What a refusal must look like in all three services. */
const faces = (answers: HttpAnswer[]) =>
  answers.map(({ status, headers, body }) => [
    status,
    body.code,
    typeof body.request_id,
    headers.get('content-type')?.split(';', 1)[0],
    /^Bearer realm="parley", error="invalid_token"/.test(headers.get('www-authenticate') ?? ''),
  ]);
const refused = (code = 'invalid_token') => Array(3).fill([401, code, 'string', 'application/problem+json', true]);
const stillGood = async () => expect((await withToken(token)).map(({ status }) => status)).toEqual([200, 200, 200]);
const refusesAll = async (tokens: readonly string[], code?: string) => {
  for (const each of tokens)
    expect([each.slice(0, 80), faces(await withToken(each))]).toEqual([each.slice(0, 80), refused(code)]);
  await stillGood();
};

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const claims = (change: Record<string, unknown> = {}) => ({ ...(jwt.decode(token) as object), ...change });
const header = (change: Record<string, unknown> = {}) => ({ alg: 'ES256', typ: 'at+jwt', kid: key.kid, ...change });
/** Signs whatever it is given with auth's own key, or another one. */
const sign = (head: unknown, payload: unknown, privateKey = key.privateKey): string => {
  const text = `${encode(head)}.${encode(payload)}`;
  const signature = createSign('sha256').update(text).sign({ key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
};
const parts = () => token.split('.') as [string, string, string];
const audited = async () => {
  await parley.services.auth.get(AuditTally, { strict: false }).write();
  const connection = parley.services.auth.get<Connection>(getConnectionToken());
  const entries = await connection.collection('audit_entries').find({ type: 'token.refused' }).toArray();
  return entries.reduce((total, { facts }) => total + (facts as { count: number }).count, 0);
};

describe('forged tokens, at every service', () => {
  it('[attack 1] no algorithm', async () => {
    const before = await audited();
    const [, payload, signature] = parts();
    const heads = ['none', 'None', 'NONE', 'nOnE'].map((alg) => encode(header({ alg })));
    await refusesAll(heads.flatMap((head) => [`${head}.${payload}.`, `${head}.${payload}.${signature}`]));
    expect((await audited()) - before).toBe(8);
  });

  it('[attack 2] HS256 under the public key', async () => {
    const before = await audited();
    const publicKey = createPublicKey(key.privateKey);
    const forms = [
      publicKey.export({ format: 'pem', type: 'spki' }).toString(),
      JSON.stringify(publicKey.export({ format: 'jwk' })),
      publicKey.export({ format: 'der', type: 'spki' }).toString('latin1'),
    ];
    const options = { algorithm: 'HS256', header: header({ alg: 'HS256' }), allowInvalidAsymmetricKeyTypes: true };
    await refusesAll(forms.map((form) => jwt.sign(claims(), form, options as jwt.SignOptions)));
    expect((await audited()) - before).toBe(3);
  });

  it('[attack 3] signatures of zeros, and of other lengths', async () => {
    const [head, payload] = parts();
    await refusesAll([64, 96, 132].map((bytes) => `${head}.${payload}.${Buffer.alloc(bytes).toString('base64url')}`));
  });

  it('[attack 4] key ids that are paths, queries, objects, long or missing', async () => {
    const kids = ['../../dev/null', "' OR 1=1--", { $gt: '' }, 'k'.repeat(2_000), '\u0000', undefined, '__proto__'];
    await refusesAll(kids.map((kid) => sign(header({ kid }), claims())));
  });

  it("[attack 5] the attacker's key, however it is offered", async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = publicKey.export({ format: 'jwk' });
    const url = `${parley.chat.baseUrl}/health/jwks-of-the-attacker`;
    const offers = [{}, { jwk }, { jku: url }, { x5u: url }, { x5c: ['MIIB'] }, { jwk, kid: 'key_of_the_attacker' }];
    await refusesAll(offers.map((offer) => sign(header(offer), claims(), privateKey)));
    expect(JSON.stringify(parley.logs)).not.toContain('jwks-of-the-attacker');
  });

  it('[attack 8] expired ones, and one within the five seconds by which clocks may differ', async () => {
    const now = Math.floor(Date.now() / 1000);
    const expiredAt = (exp: number) =>
      sign(header(), claims({ iat: exp - 900, iat_ms: (exp - 900) * 1000, nbf: exp - 900, exp }));
    await refusesAll([expiredAt(now - 7), expiredAt(now - 86_400)], 'token_expired');
    expect((await withToken(expiredAt(now - 1))).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('[attack 9, 10] times that lie in the future, are missing or are no times', async () => {
    const later = Math.floor(Date.now() / 1000) + 3_600;
    const times = [
      ...[{ nbf: later }, { iat: later, iat_ms: later * 1000, exp: later + 900 }],
      ...[undefined, '9999999999', 1e300, later + 10 * 365 * 86_400, -1].map((exp) => ({ exp })),
    ];
    await refusesAll(times.map((each) => sign(header(), claims(each))));
  });

  it('[attack 11] other issuers and audiences', async () => {
    const others = [
      ...['parley', 'parley-auth/', undefined, ['parley-auth', 'x']].map((iss) => ({ iss })),
      ...[[], 'chatter', 'a', undefined, ['http://auth']].map((aud) => ({ aud })),
    ];
    await refusesAll(others.map((each) => sign(header(), claims(each))));
  });

  it('[attack 13] parts of two tokens, a changed byte, and a subject named twice', async () => {
    const [head, payload, signature] = parts();
    const other = (await parley.login('user2')).token.split('.');
    const twice = JSON.stringify(claims()).replace('"sub":', '"sub":"usr_admin","sub":');
    await refusesAll([
      `${head}.${other[1]}.${signature}`,
      `${head}.${payload.slice(0, 30)}${payload[30] === 'A' ? 'B' : 'A'}${payload.slice(31)}.${signature}`,
      `${head}.${encode(twice)}.${signature}`,
    ]);
  });

  it('[attack 14] extensions that nobody knows', async () => {
    const extensions = [{ crit: ['exp'] }, { crit: ['b64'], b64: false }, { b64: false }, { zip: 'DEF' }];
    await refusesAll(extensions.map((each) => sign(header(each), claims())));
  });

  it('[attack 15] well-signed subjects of a bad shape', async () => {
    const subjects = [{ $ne: null }, {}, ['usr_1'], 7, null, '', undefined];
    await refusesAll(subjects.map((sub) => sign(header(), claims({ sub }))));
  });

  it('[attack 16] [auth A6] what is no token at all', async () => {
    const texts = [
      'a'.repeat(8_192),
      '.'.repeat(8_000),
      '!!!.###.$$$',
      '%E0%A4%A',
      'a.b',
      'a.b.c.d',
      `${token}=`,
      `${token}.`,
    ];
    await refusesAll(texts);
    for (const answer of await withToken('a'.repeat(102_400))) expect([401, 431]).toContain(answer.status);
    await stillGood();
  });
});

/** An answer to a request written by hand. */
function raw(http: HttpClient, path: string, lines: string[]): Promise<string> {
  const { hostname, port } = new URL(http.baseUrl);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (data) => (text += data.toString())).on('close', () => resolve(text));
    socket.on('error', reject);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${lines.join('\r\n')}\r\n\r\n`);
  });
}

describe('where a token is sent', () => {
  it('[attack 17] [auth A11, B1, B3] nothing but one header of the right form', async () => {
    for (const [value, detail] of [
      [undefined, 'Missing authentication credentials'],
      [`Basic ${token}`, 'Invalid authorization'],
      [token, 'Invalid authorization'],
    ] as const) {
      for (const { status, headers, body } of await askAll(value === undefined ? {} : { authorization: value })) {
        expect([status, body.detail, headers.get('www-authenticate')]).toEqual([401, detail, 'Bearer realm="parley"']);
      }
    }
    for (const value of ['Bearer', `Bearer  ${token}`, `Bearer${token}`, `Bearer ${token},${token}`]) {
      const answers = await askAll({ authorization: value });
      expect([faces(answers), answers[0]!.body.detail]).toEqual([refused(), 'Invalid authorization']);
    }
    expect((await askAll({ authorization: `bearer ${token}` })).map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const [http, path] of routes()) {
      const twice = await raw(http, path, Array(2).fill(`authorization: Bearer ${token}`));
      expect(twice).toMatch(/^HTTP\/1\.1 400 (.|\r\n)*"code":"invalid_request"/);
      expect(await raw(http, path, [`authorization: Bearer ${token}\0`])).toMatch(/^HTTP\/1\.1 400 /);
      expect(await raw(http, path, [`authorization: Bearer x\r\nx-injected: ${randomUUID()}`])).toMatch(
        /^HTTP\/1\.1 401 /,
      );
    }
    await stillGood();
  });

  it('[attack 18] [auth B5] not in an address, nor in a body, and it is in no log', async () => {
    for (const [http, path] of routes()) {
      const query = `?token=${token}&access_token=${token}`;
      expect((await http.get(`${path}${query}`)).status).toBe(401);
    }
    const body = { access_token: token, token };
    expect((await parley.chat.post('/chat/sessions', body)).status).toBe(401);
    expect(JSON.stringify(parley.logs)).not.toContain(parts()[2]);
  });

  it('[attack 12] no other kind of token, nor an access token where another kind belongs', async () => {
    const secret = 'the-secret-of-chat-of-this-test-run-which-is-long-enough';
    const credentials = { grant_type: 'client_credentials', client_id: 'chat', client_secret: secret };
    const service = async (audience: string) =>
      (await parley.auth.post('/oauth/token', { ...credentials, audience })).body.access_token as string;
    for (const audience of ['auth', 'accounting']) {
      for (const { status } of await withToken(await service(audience))) expect([401, 403]).toContain(status);
    }
    const login = { username: 'user1', password: 'parley-user1-demo', client: 'native' };
    const { refresh_token } = (await parley.auth.post('/auth/login', login)).body;
    expect(faces(await withToken(refresh_token as string))).toEqual(refused());
    const wrong = await Promise.all([
      parley.auth.post('/auth/refresh', { refresh_token: token }),
      parley.auth.post('/auth/reset-password', { token, password: 'a password that is long' }),
      parley.auth.post('/auth/verify-email', { token }),
      parley.auth.get('/internal/security-state', { token }),
      parley.accounting.post('/holds', {}, { token, headers: { 'x-subject-token': token } }),
    ]);
    for (const { status } of wrong) expect([400, 401, 403, 404, 410]).toContain(status);
    await stillGood();
  });
});
