import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { TestService } from '@parley/testing';
import type { Connection } from 'mongoose';
import { AuditLog } from '../src/audit/audit-log.js';
import { AuditTally } from '../src/audit/audit-tally.js';
import { AuditRetention } from '../src/audit-trail/audit-retention.job.js';
import { type Person, person } from './people.js';
import { AuthInstallation } from './running-auth.js';

const dayMs = 86_400_000;
const installation = new AuthInstallation();
const { clock } = installation;
let auth: TestService;
let auditor: Person;
let user: Person;

beforeAll(async () => {
  auth = await installation.start({ SEED_DEMO: 'false', AUDIT_RETENTION_DAYS: '30' });
  auditor = await person(auth, 'audrey', { platform_role: 'auditor' });
  user = await person(auth, 'uma');
});
afterAll(() => installation.remove());

const log = () => auth.app.get(AuditLog, { strict: false });
const entries = () => auth.app.get<Connection>(getConnectionToken(), { strict: false }).collection('audit_entries');
const read = (query: string, { token }: { token: string } = auditor, accept = 'application/json') =>
  auth.http.get(`/audit${query}`, { token, headers: { accept } });
const typesOf = (answer: { body: { data: Array<{ type: string }> } }) => answer.body.data.map(({ type }) => type);

describe('GET /audit', () => {
  beforeAll(async () => {
    await entries().deleteMany({});
    for (const [type, actor, subject] of [
      ['test.first', 'usr_admin', user.id],
      ['test.second', user.id, null],
      ['test.third', 'usr_admin', 'usr_other'],
      ['test.fourth', null, user.id],
    ] as const) {
      clock.advance(1_000);
      await log().record({ type, actor, subject, ip_address: '192.0.2.7', facts: { n: 1 } });
    }
  });

  it('shows everything to those with audit:read, newest first', async () => {
    const answer = await read('');
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(typesOf(answer)).toEqual(['test.fourth', 'test.third', 'test.second', 'test.first']);
    expect(answer.body.data[3]).toEqual({
      id: expect.stringMatching(/^aud_/),
      type: 'test.first',
      actor: 'usr_admin',
      subject: user.id,
      org_id: null,
      ip_address: '192.0.2.7',
      facts: { n: 1 },
      at: expect.any(String),
    });
  });

  it('shows everybody else their own part, without the address from which an administrator works', async () => {
    const answer = await read('', user);
    expect(typesOf(answer)).toEqual(['test.fourth', 'test.second', 'test.first']);
    expect(answer.body.data.map(({ ip_address }: { ip_address: string | null }) => ip_address)).toEqual([
      '192.0.2.7',
      '192.0.2.7',
      null,
    ]);
    expect(typesOf(await read('?actor=usr_admin', user))).toEqual(['test.first']);
    expect(typesOf(await read('?type=test.third', user))).toEqual([]);
    expect((await auth.http.get('/audit')).status).toBe(401);
  });

  it('filters by time, actor and type', async () => {
    const all = (await read('')).body.data as Array<{ at: string }>;
    expect(typesOf(await read(`?from=${all[2]!.at}&to=${all[0]!.at}`))).toEqual(['test.third', 'test.second']);
    expect(typesOf(await read('?actor=usr_admin'))).toEqual(['test.third', 'test.first']);
    expect(typesOf(await read('?type=test.second'))).toEqual(['test.second']);
    expect(typesOf(await read('?type=test.second&actor=usr_admin'))).toEqual([]);
  });

  it('goes page by page', async () => {
    const first = await read('?limit=3');
    expect(typesOf(first)).toHaveLength(3);
    const second = await read(`?limit=3&cursor=${first.body.next_cursor}`);
    expect([typesOf(second), second.body.next_cursor]).toEqual([['test.first'], null]);
  });

  it.each([
    'from=yesterday',
    'type=*',
    'type[$ne]=x',
    'actor[$gt]=',
    'cursor=none',
    'limit=0',
    'subject=x',
    'to=1&to=2',
  ])('refuses %s', async (query) => {
    const { status, body } = await read(`?${query}`);
    expect([status, body.code]).toEqual([
      400,
      expect.stringMatching(/^(validation_failed|unknown_field|cursor_invalid)$/),
    ]);
  });

  it('exports as NDJSON: the same entries, one in a line, and to a user their own', async () => {
    const { headers, body } = await read('?limit=1', auditor, 'application/x-ndjson');
    expect(headers.get('content-type')).toBe('application/x-ndjson');
    const lines = String(body).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual((await read('')).body.data);
    const own = await read('', user, 'application/x-ndjson');
    expect(String(own.body).trimEnd().split('\n')).toHaveLength(3);
    const none = await read('?type=test.none', auditor, 'application/x-ndjson');
    expect([none.status, none.body]).toEqual([200, '']);
  });

  it('reads an export only as fast as it is taken, and stops when nobody takes it', async () => {
    const at = new Date(clock.now());
    const filler = 'x'.repeat(2_000);
    const many = Array.from({ length: 3_000 }, (_, n) => ({
      ...{ _id: `aud_many_${n}`, type: 'test.many', actor: null, subject: null, org_id: null, ip_address: null },
      facts: { filler },
      at,
    }));
    await entries().insertMany(many as never[]);
    const response = await auth.http.open('GET', '/audit?type=test.many', undefined, {
      token: auditor.token,
      headers: { accept: 'application/x-ndjson' },
    });
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel();
    const whole = await read('?type=test.many', auditor, 'application/x-ndjson');
    expect(String(whole.body).trimEnd().split('\n')).toHaveLength(3_000);
    await entries().deleteMany({ type: 'test.many' });
  });
});

describe('refused attempts', () => {
  it('are one entry a minute for each type and subject, with how many there were', async () => {
    const tally = auth.app.get(AuditTally, { strict: false });
    const note = (subject: string | null) => tally.note({ type: 'test.refused', actor: null, subject });
    for (let n = 0; n < 1_000; n++) note(user.id);
    note(null);
    await tally.write();
    const counts = async () =>
      (await entries().find({ type: 'test.refused' }).sort({ at: 1 }).toArray()).map(({ subject, facts }) => [
        subject,
        facts.count,
      ]);
    expect((await counts()).toSorted()).toEqual(
      [
        [null, 1],
        [user.id, 1_000],
      ].toSorted(),
    );
    note(user.id);
    clock.advance(60_000);
    note(user.id);
    note(user.id);
    await tally.write();
    expect((await counts()).filter(([subject]) => subject === user.id)).toEqual([
      [user.id, 1_001],
      [user.id, 2],
    ]);
  });

  it('are wrong passwords, with the account that they were for, and none for an address without one', async () => {
    clock.advance(120_000);
    const signIn = (username: string) => auth.http.post('/auth/login', { username, password: 'a wrong password' });
    for (const name of ['uma', 'uma', 'nobody', 'nobody-else']) expect((await signIn(name)).status).toBe(401);
    await auth.app.get(AuditTally, { strict: false }).write();
    const stored = await entries().find({ type: 'sign_in.refused' }).sort({ subject: -1 }).toArray();
    expect(stored.map(({ subject, facts, ip_address }) => [subject, facts.count, ip_address])).toEqual([
      [user.id, 2, '127.0.0.1'],
      [null, 2, '127.0.0.1'],
    ]);
  });

  it('about more and more users are counted together after 200 of them', async () => {
    const tally = auth.app.get(AuditTally, { strict: false });
    clock.advance(120_000);
    await tally.write();
    for (let n = 0; n < 1_000; n++) tally.note({ type: 'test.spread', actor: null, subject: `usr_${n}` });
    await tally.write();
    const stored = await entries().find({ type: 'test.spread' }).toArray();
    expect(stored).toHaveLength(201);
    expect(stored.reduce((sum, { facts }) => sum + facts.count, 0)).toBe(1_000);
  });
});

describe('AUDIT_RETENTION_DAYS', () => {
  it('is how long entries are kept', async () => {
    await entries().deleteMany({});
    await log().record({ type: 'test.old', actor: null });
    clock.advance(dayMs);
    await log().record({ type: 'test.newer', actor: null });
    clock.advance(29 * dayMs);
    const retention = auth.app.get(AuditRetention, { strict: false });
    expect(await retention.removeOld()).toBe(0);
    clock.advance(1);
    expect(await retention.removeOld()).toBe(1);
    expect((await entries().find().toArray()).map(({ type }) => type)).toEqual(['test.newer']);
  });
});
