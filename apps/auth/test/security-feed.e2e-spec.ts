import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { SecurityChange, SecurityEventsPage } from '@parley/contracts';
import { inTransaction, newId } from '@parley/platform';
import type { TestService } from '@parley/testing';
import type { Connection } from 'mongoose';
import { LoginSessionsService } from '../src/login-sessions/login-sessions.service.js';
import type { StoredSecurityEvent } from '../src/security-events/security-event.schema.js';
import { SecurityEvents } from '../src/security-events/security-events.service.js';
import { EventCleanupJob } from '../src/security-feed/event-cleanup.job.js';
import { AuthInstallation, logIn, serviceToken } from './running-auth.js';

const installation = new AuthInstallation();
let [one, two]: TestService[] = [];
let token: string;

beforeAll(async () => {
  [one, two] = [await installation.start(), await installation.start()];
  token = await serviceToken(one, 'chat', 'auth');
});
afterAll(() => installation.remove());

const connection = () => one!.app.get<Connection>(getConnectionToken());
const append = (...changes: SecurityChange[]) =>
  inTransaction(connection(), (session) => one!.app.get(SecurityEvents, { strict: false }).append(changes, session));
/** As an instance whose transaction took longer, or whose clock is behind: its event appears late. */
const appearLate = (change: SecurityChange, lateMs: number) =>
  connection()
    .collection<StoredSecurityEvent>('security_events')
    .insertOne({ _id: newId('sev'), change, at: new Date(installation.clock.now() - lateMs) });
const state = async (auth = one!) => (await auth.http.get('/internal/security-state', { token })).body;
const poll = async (after: string, auth = one!): Promise<SecurityEventsPage> =>
  (await auth.http.get(`/internal/security-events?after=${after}`, { token })).body as SecurityEventsPage;
/** Follows an instance from a cursor until it has heard of a session's end. */
async function hears(sid: string, cursor: string, auth: TestService): Promise<string> {
  for (let next = cursor; ;) {
    const page = await poll(next, auth);
    next = page.cursor;
    if (page.events.some((event) => event.type === 'session-revoked' && event.sid === sid)) return next;
  }
}
const ended = (sid: string): SecurityChange => ({ type: 'session-revoked', sid });

describe('GET /internal/security-events', () => {
  it('answers as soon as something happens, whichever instance it happened at', async () => {
    const cursors = [(await state(one)).cursor as string, (await state(two)).cursor as string] as const;
    const waiting = [hears('sid_1', cursors[0], one!), hears('sid_1', cursors[1], two!)];
    await append(ended('sid_1'));
    await Promise.all(waiting);
  });

  it('answers with nothing after two seconds, which is the heartbeat', async () => {
    const { cursor } = await state();
    expect((await poll(cursor as string)).events).toEqual([]);
  });

  it('[attack 33] brings an event that appears after a later one', async () => {
    let cursors = [(await state(one)).cursor as string, (await state(two)).cursor as string];
    await append(ended('sid_6'));
    cursors = await Promise.all([hears('sid_6', cursors[0]!, one!), hears('sid_6', cursors[1]!, two!)]);
    await appearLate(ended('sid_5'), 9_000);
    await Promise.all([hears('sid_5', cursors[0]!, one!), hears('sid_5', cursors[1]!, two!)]);
  });

  it('goes on at another instance without a gap', async () => {
    const { cursor } = await state(one);
    await append(ended('sid_7'));
    await appearLate(ended('sid_8'), 9_000);
    const elsewhere = await hears('sid_7', cursor as string, two!);
    await hears('sid_8', cursor as string, two!);
    await append(ended('sid_9'));
    await hears('sid_9', elsewhere, two!);
  });

  it.each(['', 'x', '1.2.3', `${'a'.repeat(36)}.-1.0`])('refuses the cursor %j', async (after) => {
    const { status, body } = await one!.http.get(`/internal/security-events?after=${after}`, { token });
    expect([status, body.code]).toEqual([400, 'validation_failed']);
  });

  it('[attack 90] is for services with the scope, and takes no events', async () => {
    const user = await logIn(one!, 'user1');
    for (const path of ['/internal/security-state', '/internal/security-events?after=x']) {
      expect((await one!.http.get(path)).status).toBe(401);
      expect((await one!.http.get(path, { token: user })).status).toBe(403);
      expect((await one!.http.post(path, { type: 'session-revoked', sid: 'sid_1' }, { token })).status).toBe(404);
    }
  });
});

describe('GET /internal/security-state', () => {
  it('has what is in force, for as long as a token may live, and then no longer', async () => {
    await append(ended('sid_10'));
    const before = await state();
    expect(before.keep_for_ms).toBe(905_000);
    expect(JSON.stringify(before.events)).toContain('sid_10');
    installation.clock.advance(905_000);
    await append(ended('sid_11'));
    expect(await one!.app.get(EventCleanupJob, { strict: false }).clean()).toBe(0);
    installation.clock.advance(11_000);
    expect(await one!.app.get(EventCleanupJob, { strict: false }).clean()).toBeGreaterThan(0);
    token = await serviceToken(one!, 'chat', 'auth');
    const text = JSON.stringify((await state()).events);
    expect([text.includes('sid_10'), text.includes('sid_11')]).toEqual([false, true]);
  });

  it('keeps events for as long as tokens live that were given when they lived longer', async () => {
    const longer = await installation.start({ JWT_EXPIRE_MINUTES: '60' });
    await installation.stop(longer);
    const shorter = await installation.start();
    expect((await state(shorter)).keep_for_ms).toBe(3_605_000);
    await installation.stop(shorter);
  });
});

describe('auth itself', () => {
  it('refuses the token of a session that it has just ended at once, and another instance within a moment', async () => {
    const user = await logIn(one!, 'user2');
    const me = (auth: TestService) => auth.http.get('/auth/me', { token: user });
    expect([(await me(one!)).status, (await me(two!)).status]).toEqual([200, 200]);
    const { sid } = JSON.parse(Buffer.from(user.split('.')[1]!, 'base64url').toString()) as { sid: string };
    await inTransaction(connection(), (session) =>
      one!.app.get(LoginSessionsService, { strict: false }).end(sid, 'signed_out', session),
    );
    const { status, body } = await me(one!);
    expect([status, body.code]).toEqual([401, 'session_revoked']);
    while ((await me(two!)).status === 200);
    expect((await me(two!)).body.code).toBe('session_revoked');
    const asked = await one!.http.post('/internal/introspect', { token: user }, { token });
    expect(asked.body).toEqual({ active: false, code: 'session_revoked' });
    const good = await one!.http.post('/internal/introspect', { token: await logIn(one!, 'user2') }, { token });
    expect(good.body).toEqual({ active: true });
  });
});
