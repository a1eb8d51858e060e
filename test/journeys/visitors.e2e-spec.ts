import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { newGate, readSse, textOf } from '@parley/testing';
import type { Connection } from 'mongoose';
import { ErrandRunner } from '../../apps/auth/src/errands/errand-runner.js';
import { ask, modelName, type Parley, startParley } from '../parley.js';

let parley: Parley;
let admin: string;

beforeAll(async () => {
  const allowance = { ANONYMOUS_ALLOWANCE_UCR: '50000', ANONYMOUS_ALLOWANCE_DAILY_UCR: '500000' };
  parley = await startParley({ ANONYMOUS: 'on', ...allowance });
  admin = (await parley.login('admin')).token;
  const price = { input_ucr_per_mtok: 1_000_000, output_ucr_per_mtok: 1_000_000, per_call_ucr: 7 };
  expect((await parley.accounting.put(`/prices/${modelName}`, price, { token: admin })).status).toBe(201);
});
afterAll(() => parley.stop());

async function enter() {
  const { status, body, headers } = await parley.auth.post('/auth/anonymous');
  expect(status).toBe(201);
  const cookie = headers.get('set-cookie')!.split(';', 1)[0]!;
  return { token: body.access_token as string, id: body.visitor_id as string, cookie };
}
async function signIn(username: string, cookie: string) {
  const login = { username, password: `parley-${username}-demo` };
  const { status, body } = await parley.auth.post('/auth/login', login, { headers: { cookie } });
  expect(status).toBe(200);
  return { token: body.access_token as string, id: body.user.id as string };
}
const newSession = async (token: string) =>
  (await parley.chat.post('/chat/sessions', {}, { token })).body.session_id as string;
const balance = async (token: string) => (await parley.accounting.get('/credits/balance', { token })).body;
const contents = async (session: string, token: string): Promise<string[]> => {
  const { body } = await parley.chat.get(`/chat/sessions/${session}/messages`, { token });
  return (body.data as Array<{ content: string }>).map(({ content }) => content);
};
const sendErrands = async () => {
  while ((await parley.services.auth.get(ErrandRunner, { strict: false }).sendDue()) > 0);
};
const verify = async (userId: string) =>
  (await parley.accounting.get(`/ledger/verify/user:${userId}`, { token: admin })).body;
const inChat = (collection: string, userId: string) =>
  parley.services.chat.get<Connection>(getConnectionToken()).collection(collection).countDocuments({ user_id: userId });

describe('a visitor', () => {
  it('[attack 28, 101] asks with an allowance, signs in, finds the conversation, and is nobody from then on', async () => {
    const visitor = await enter();
    expect((await balance(visitor.token)).available_ucr).toBe(50_000);
    const session = await newSession(visitor.token);
    parley.model.answers(['Good ', 'day']);
    const { text } = await ask(parley, visitor.token, session, { content: 'Hello' });
    expect(text).toBe('Good day');
    const spent = 50_000 - (await balance(visitor.token)).balance_ucr;
    expect(spent).toBeGreaterThan(0);
    const user = await signIn('user1', visitor.cookie);
    await sendErrands();
    expect(await contents(session, user.token)).toEqual(['Hello', 'Good day']);
    const refused = await parley.auth.get('/auth/me', { token: visitor.token });
    expect([refused.status, refused.body.code]).toEqual([401, 'account_disabled']);
    const other = await signIn('user2', visitor.cookie);
    await sendErrands();
    expect((await parley.chat.get('/chat/sessions', { token: other.token })).body.data).toEqual([]);
    // What is left of the allowance is no gift to the account.
    expect((await balance(user.token)).balance_ucr).toBe(0);
    expect(await verify(visitor.id)).toMatchObject({ sound: true });
  });

  it('[attack 101] whose answer is being given signs in: the visitor has paid, and the user reads it', async () => {
    const visitor = await enter();
    const session = await newSession(visitor.token);
    const gate = newGate();
    parley.model.answers(['one ', gate, 'two']);
    const path = `/chat/sessions/${session}/stream`;
    const response = await parley.chat.open('POST', path, { content: 'Count' }, { token: visitor.token });
    await gate.reached;
    const user = await signIn('user1', visitor.cookie);
    await sendErrands();
    gate.release();
    expect(textOf(await readSse(response))).toBe('one two');
    expect((await contents(session, user.token)).at(-1)).toBe('one two');
    expect((await balance(user.token)).balance_ucr).toBe(0);
    const { body } = await parley.accounting.get(`/credits/entries?user_id=${visitor.id}`, { token: admin });
    expect(body.data.map(({ type }: { type: string }) => type)).toContain('settle');
  });

  it('may not do what belongs to users, and is not one of them', async () => {
    const visitor = await enter();
    const body = { user_id: visitor.id, amount_ucr: 1, reason: 'me' };
    const gift = await parley.accounting.post('/credits/allocations', body, { token: visitor.token });
    expect([gift.status, gift.body.code]).toEqual([403, 'permission_denied']);
    const foreign = await parley.accounting.get('/credits/balance?user_id=usr_1', { token: visitor.token });
    expect(foreign.status).toBe(404);
  });
});

describe('an erased user', () => {
  it('[auth I8] leaves nothing but books that still prove themselves, also when an answer is being given', async () => {
    const user = await parley.login('user2');
    const credits = { user_id: user.userId, amount_ucr: 100_000, reason: 'test' };
    await parley.accounting.post('/credits/allocations', credits, { token: admin });
    const session = await newSession(user.token);
    parley.model.answers(['A ', 'secret']);
    await ask(parley, user.token, session, { content: 'Tell me' });
    const gate = newGate();
    parley.model.answers(['one ', gate, 'two']);
    const path = `/chat/sessions/${session}/stream`;
    const response = await parley.chat.open('POST', path, { content: 'Count' }, { token: user.token });
    await gate.reached;
    expect((await parley.auth.delete(`/users/${user.userId}`, { token: admin })).status).toBe(204);
    await sendErrands();
    const events = await readSse(response);
    gate.release();
    // The answer is stopped and the reader is cut off; whichever comes first is what is read last.
    const { state, code } = events.at(-1)!.data;
    expect(['stopped', 'auth_revoked']).toContain(state ?? code);
    for (const what of ['chat_sessions', 'messages']) expect(await inChat(what, user.userId)).toBe(0);
    const { body } = await parley.accounting.get(`/credits/balance?user_id=${user.userId}`, { token: admin });
    expect(body).toMatchObject({ held_ucr: 0 });
    expect(body.balance_ucr).toBeLessThan(100_000);
    expect(await verify(user.userId)).toMatchObject({ sound: true, drift: [] });
    // Chat remembers for a moment what a user may do.
    let stale = 200;
    while (stale === 200) stale = (await parley.chat.get('/chat/sessions', { token: user.token })).status;
    expect(stale).toBe(401);
  });

  it('leaves books that reconcile', async () => {
    const run = await parley.accounting.post('/ledger/reconcile', {}, { token: admin });
    expect(run.status).toBe(202);
    let found = run.body;
    while (!['sound', 'drift', 'failed'].includes(found.state as string))
      found = (await parley.accounting.get(`/ledger/reconcile/${run.body.run_id}`, { token: admin })).body;
    expect([found.state, found.drift]).toEqual(['sound', []]);
  });
});
