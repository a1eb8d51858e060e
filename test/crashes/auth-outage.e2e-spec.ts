import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type HttpAnswer, newGate, readSse, ShiftedClock, type TestService, textOf } from '@parley/testing';
import { Browser } from '../../apps/auth/test/browser.js';
import { modelName, type Parley, startParley } from '../parley.js';

const clock = new ShiftedClock();
let parley: Parley;
let browsers: Browser[];

beforeAll(async () => {
  parley = await startParley({}, { clock });
  const admin = await parley.login('admin');
  const price = { input_ucr_per_mtok: 1_000_000, output_ucr_per_mtok: 1_000_000, per_call_ucr: 0 };
  expect((await parley.accounting.put(`/prices/${modelName}`, price, admin)).status).toBe(201);
  const allocation = { user_id: (await parley.login('user1')).userId, amount_ucr: 1_000_000, reason: 'for the test' };
  expect((await parley.accounting.post('/credits/allocations', allocation, admin)).status).toBe(201);
});
afterAll(() => parley.stop());
beforeEach(async () => {
  browsers = ['user1', 'user2', 'user1', 'user2'].map(() => new Browser(() => ({ http: parley.auth }) as TestService));
  for (const [n, browser] of browsers.entries())
    expect((await browser.logIn(n % 2 ? 'user2' : 'user1')).status).toBe(200);
});

const faceOf = ({ status, body }: HttpAnswer) => [status, (body as { code?: string }).code];
/** What the others say to everybody's token, all at once. */
const askedBy = async (all: readonly Browser[]) => {
  const answers = all.flatMap(({ accessToken: token }) => [
    parley.accounting.get('/credits/balance', { token }),
    parley.chat.get('/chat/sessions', { token }),
  ]);
  return (await Promise.all(answers)).map(faceOf);
};
const good = [200, undefined];
const trouble = [503, 'authz_unavailable'];
const untilReady = async (name: 'accounting' | 'chat') => {
  while ((await parley[name].get('/health/ready')).status !== 200);
};

describe('auth that is gone for a minute while people use the product', () => {
  it('signs nobody out and breaks no running answer', async () => {
    const [first] = browsers as [Browser];
    const { body } = await parley.chat.post('/chat/sessions', {}, { token: first.accessToken });
    const path = `/chat/sessions/${body.session_id as string}/stream`;
    const ask = () => parley.chat.open('POST', path, { content: 'Hello' }, { token: first.accessToken });
    const gate = newGate();
    parley.model.answers(['one ', gate, 'two']);
    const answer = await ask();
    await gate.reached;
    expect(new Set((await askedBy(browsers)).map(String))).toEqual(new Set([String(good)]));

    await parley.stopService('auth');
    const seen: unknown[] = [];
    for (let seconds = 0; seconds < 60; seconds++) {
      clock.advance(1_000);
      seen.push(...(await askedBy(browsers)));
      if (seconds === 30) gate.release();
    }
    // Reading goes on while it is known what a user may do, and is then neither allowed nor forbidden.
    expect(seen.filter((face) => String(face) !== String(good) && String(face) !== String(trouble))).toEqual([]);
    expect(seen.slice(0, 40 * 8).filter((face) => String(face) !== String(good))).toEqual([]);
    const events = await readSse(answer);
    expect([textOf(events), events.at(-1)]).toEqual([
      'one two',
      expect.objectContaining({ event: 'done', data: expect.objectContaining({ state: 'completed' }) }),
    ]);
    const calls = parley.model.requests.length;
    const next = await ask();
    expect([next.status, next.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
    expect(parley.model.requests).toHaveLength(calls);

    await parley.startService('auth');
    const before = browsers.map(({ accessToken }) => accessToken);
    for (const browser of browsers) expect((await browser.refresh()).status).toBe(200);
    expect(browsers.map(({ accessToken }) => sidOf(accessToken))).toEqual(before.map(sidOf));
    for (;;) {
      const now = await askedBy(browsers);
      for (const face of now) expect([good, trouble]).toContainEqual(face);
      if (now.every(([status]) => status === 200)) break;
    }
  });
});

describe('[attack 32] accounting and chat that start after a revocation', () => {
  it('let nobody in until they know what is void, and then not the revoked one', async () => {
    const [revoked, other] = browsers as [Browser, Browser];
    const token = revoked.accessToken;
    expect((await parley.auth.post('/auth/logout', undefined, { token })).status).toBe(204);
    for (const name of ['chat', 'accounting', 'auth'] as const) await parley.stopService(name);
    for (const name of ['accounting', 'chat'] as const) await parley.startService(name);
    expect((await askedBy([revoked, other])).map(([status]) => status)).toEqual(Array(4).fill(503));
    for (const { status, body } of [
      await parley.accounting.get('/health/ready'),
      await parley.chat.get('/health/ready'),
    ])
      expect([status, body.missing]).toEqual([503, expect.arrayContaining(['security_state'])]);

    await parley.startService('auth');
    const ready = Promise.all([untilReady('accounting'), untilReady('chat')]).then(() => true);
    for (let isReady = false; !isReady;) {
      for (const [status, code] of await askedBy([revoked])) {
        if (status !== 503) expect([status, code]).toEqual([401, 'session_revoked']);
      }
      isReady = await Promise.race([ready, Promise.resolve(false)]);
    }
    // The public keys are asked for once a second at most, so they may come a little later.
    let answers = await askedBy([revoked, other]);
    while (answers.some(([status]) => status === 503)) answers = await askedBy([revoked, other]);
    expect(answers).toEqual([[401, 'session_revoked'], [401, 'session_revoked'], good, good]);
  });
});

function sidOf(token: string): string {
  return (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;
}
