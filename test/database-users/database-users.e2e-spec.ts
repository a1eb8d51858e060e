import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type HttpAnswer, readSse, textOf } from '@parley/testing';
import { modelName, type Name, names } from '../parley.js';
import { type GuardedParley, startGuardedParley } from './guarded-parley.js';

const rates = { input_ucr_per_mtok: 1_000_000, output_ucr_per_mtok: 1_000_000, per_call_ucr: 0 };
const price = { ...rates, cache_read_ucr_per_mtok: 0, cache_write_ucr_per_mtok: 0, free: false };

describe('a database user for each service, with readWrite on its own database', () => {
  let parley: GuardedParley;
  let user: { token: string; userId: string };
  let admin: { token: string; userId: string };

  beforeAll(async () => {
    parley = await startGuardedParley();
  });
  afterAll(() => parley.stop());

  const refused = () => names.flatMap((name) => parley.guards[name].refused);
  const allowed = (name: Name) => [...parley.guards[name].allowed].sort();

  /** A conversation with one paid answer, from its beginning to its end. */
  async function conversation(): Promise<void> {
    const chat = parley.chat;
    const { body } = await chat.post('/chat/sessions', { title: 'A title' }, user);
    const session = `/chat/sessions/${body.session_id}`;
    parley.model.answers(['One ', 'two.'], { usage: { input_tokens: 9, output_tokens: 4 } });
    const stream = await chat.open('POST', `${session}/stream`, { content: 'Count.', max_tokens: 256 }, user);
    const id = stream.headers.get('x-streaming-session-id')!;
    const events = await readSse(stream);
    expect(events.at(-1)!.data).toMatchObject({ state: 'completed', charged_ucr: 13 });
    const report = { streaming_session_id: id, complete_response: textOf(events) };
    await all(200, [
      chat.post(`${session}/update-stream`, report, user),
      chat.get(`${session}/messages`, user),
      chat.get(`${session}/streams/${id}/status`, user),
      chat.get(`/chat/sessions`, user),
    ]);
    await all(200, [chat.delete(session, user)]);
  }

  it('is enough for the first start', async () => {
    await all(200, names.map((name) => parley[name].get('/health/ready'))); // prettier-ignore
    expect(refused()).toEqual([]);
  });

  it('is enough for sign-in, credits, prices and answers', async () => {
    [user, admin] = [await parley.login('user1'), await parley.login('admin')];
    const accounting = parley.accounting;
    const allocation = { user_id: user.userId, amount_ucr: 1_000_000, reason: 'for the test' };
    await all(201, [
      accounting.put(`/prices/${modelName}`, price, admin),
      accounting.post('/credits/allocations', allocation, admin),
    ]);
    await conversation();
    await all(200, [parley.auth.get('/auth/me', user), parley.chat.get('/chat/models', user)]);
    expect(refused()).toEqual([]);
  });

  it('is enough for statements, corrections and audits', async () => {
    const accounting = parley.accounting;
    const adjustment = { user_id: user.userId, delta_ucr: -5, reason: 'for the test' };
    await all(201, [accounting.post('/credits/adjustments', adjustment, admin)]);
    await all(200, [
      accounting.get('/credits/balance', user),
      accounting.get('/credits/entries', user),
      accounting.get('/prices', user),
      accounting.get(`/ledger/verify/user:${user.userId}`, admin),
      accounting.get('/ledger/usage?from=2025-01-01T00:00:00Z&to=2025-02-01T00:00:00Z', admin),
      accounting.get('/health/ledger', admin),
    ]);
    await all(202, [accounting.post('/ledger/reconcile', {}, admin)]);
    expect(refused()).toEqual([]);
  });

  it('is enough for a second start on what is there', async () => {
    await parley.restart();
    user = await parley.login('user1');
    await conversation();
    expect(refused()).toEqual([]);
  });

  it('covers what the services send, which is no more than this', () => {
    const everybody = ['abortTransaction', 'commitTransaction', 'endSessions', 'hello', 'ping'];
    const writing = ['find', 'insert', 'update', 'delete', 'findAndModify', 'aggregate', 'getMore', 'killCursors'];
    const known = new Set([...everybody, ...writing, 'create', 'createIndexes', 'distinct', 'ismaster']);
    for (const name of names) {
      expect(allowed(name).filter((command) => !known.has(command))).toEqual([]);
      expect(allowed(name)).toEqual(expect.arrayContaining(['createIndexes', 'find', 'insert', 'ping']));
    }
  });

  it('lacks collMod, with which accounting changes the validators of an earlier version', async () => {
    await parley.changeValidator();
    await expect(parley.restart(['accounting'])).rejects.toThrow(/not authorized .* collMod/);
    expect(parley.guards.accounting.refused).toEqual([expect.stringMatching(/^collMod on test_\w+_accounting$/)]);
    parley.guards.accounting.granted.add('collMod');
    await parley.restart(['accounting']);
    expect(parley.guards.accounting.refused).toHaveLength(1);
  });
});

async function all(status: number, answers: Promise<HttpAnswer>[]): Promise<void> {
  for (const answer of await Promise.all(answers)) expect([answer.status, answer.body]).toEqual([status, answer.body]);
}
