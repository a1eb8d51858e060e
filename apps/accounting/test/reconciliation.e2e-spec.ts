import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Chain } from '../src/reconciliation/chain.service.js';
import { Reconciliation } from '../src/reconciliation/reconciliation.service.js';
import { AccountingHarness, buildHold, flatPrice, problem, refusal, type TestUser } from './accounting-harness.js';

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  await accounting.price('flat', flatPrice(75));
});
// The books that this suite leaves behind are wrong on purpose.
afterAll(() => accounting.stop());

const admin = () => ({ token: accounting.admin() });
const change = (collection: string, _id: string, fields: Record<string, unknown>) =>
  accounting.db.collection<{ _id: string }>(collection).updateOne({ _id }, { $set: fields });

/** A run from its beginning to its end. */
async function reconcile() {
  const { status, body } = await accounting.http.post('/ledger/reconcile', undefined, admin());
  expect(status).toBe(202);
  await accounting.service.app.get(Reconciliation, { strict: false }).idle();
  return (await accounting.http.get(`/ledger/reconcile/${body.run_id}`, admin())).body;
}
const seal = () => accounting.service.app.get(Chain, { strict: false }).sealAll();
const verify = async (user: TestUser) => (await accounting.http.get(`/ledger/verify/user:${user.id}`, admin())).body;

/** An account with every kind of entry. */
async function createBusyUser(): Promise<{ user: TestUser; holdId: string }> {
  const user = await accounting.createUser(1_000);
  const [settled, released, expired, open] = [buildHold(), buildHold(), buildHold(), buildHold()];
  for (const hold of [settled, released, expired, open]) await accounting.hold(user, hold);
  await accounting.settle(settled.hold_id);
  await accounting.release(released.hold_id);
  await accounting.abandon(expired.hold_id);
  await accounting.sweep();
  await accounting.settle(expired.hold_id);
  await accounting.refund({ hold_id: settled.hold_id, amount_ucr: 5 });
  await accounting.adjust(user, -10);
  return { user, holdId: settled.hold_id };
}

describe('a reconciliation', () => {
  it('finds sound books sound', async () => {
    await createBusyUser();
    const run = await reconcile();
    expect(run).toMatchObject({ state: 'sound', drift: [], finished_at: expect.any(String) });
    expect(run.entries).toBeGreaterThan(9);
  });

  it.each<[string, string, (user: TestUser, holdId: string) => Promise<unknown>]>([
    [
      'I1',
      'a balance that was changed',
      (user) => change('credit_accounts', `user:${user.id}`, { balance_ucr: 5_000n }),
    ],
    ['I2', 'a hold that was enlarged', (_user, id) => change('credit_holds', id, { state: 'held' })],
    ['I7', 'an entry that was changed', (_user, id) => change('credit_entries', `hold:${id}`, { held_after_ucr: 1n })],
    ['I8', 'credits from nowhere', (_user, id) => change('credit_entries', `close:${id}`, { counterparty: null })],
    ['I5', 'a charge that was changed', (_user, id) => change('credit_holds', id, { charged_ucr: 1n })],
    ['I6', 'a rest that was changed', (_user, id) => change('credit_holds', id, { released_ucr: 1n })],
  ])('finds %s: %s; freezes that account and repairs nothing', async (invariant, _name, spoil) => {
    const { user, holdId } = await createBusyUser();
    const other = await accounting.createUser(500);
    await spoil(user, holdId);
    const before = await accounting.db
      .collection<{ _id: string }>('credit_accounts')
      .findOne({ _id: `user:${user.id}` });
    const { state, drift } = await reconcile();
    const own = drift.filter(({ account_id }: { account_id: string }) => account_id === `user:${user.id}`);
    expect([state, own.map((found: { invariant: string }) => found.invariant)]).toEqual([
      'drift',
      expect.arrayContaining([invariant]),
    ]);
    expect(refusal(await accounting.hold(user, buildHold()))).toEqual(problem(423, 'account_frozen'));
    const after = await accounting.db
      .collection<{ _id: string }>('credit_accounts')
      .findOne({ _id: `user:${user.id}` });
    expect(after).toEqual({ ...before, status: 'frozen' });
    expect((await accounting.hold(other, buildHold())).status).toBe(201);
  });

  it('is one at a time', async () => {
    await accounting.db.collection<{ _id: string }>('recon_runs').insertOne({
      _id: 'run_other',
      ...{ state: 'running', started_by: 'x', at: accounting.clock.date(), accounts: 0, entries: 0, drift: [] },
    });
    const answer = await accounting.http.post('/ledger/reconcile', undefined, admin());
    expect(refusal(answer)).toEqual(problem(409, 'run_in_progress'));
  });

  it('takes the place of one that was abandoned', async () => {
    accounting.clock.advance(20 * 60_000);
    expect((await reconcile()).state).toBe('drift');
  });

  it('shows on the measurements', async () => {
    const { body } = await accounting.http.get('/metrics');
    expect(body).toMatch(/^ledger_frozen_accounts [1-9]/m);
    expect(body).toMatch(/^ledger_overdue_holds 0$/m);
  });
});

describe('GET /ledger/verify/{account_id}', () => {
  let user: TestUser;
  let holdId: string;
  beforeEach(async () => {
    ({ user, holdId } = await createBusyUser());
    await seal();
  });

  it('says that what was sealed is still there', async () => {
    const [first, sealedSeq] = [await verify(user), (await accounting.entries(user)).length];
    expect(first).toMatchObject({ sound: true, chain_holds: true, drift: [], sealed_seq: sealedSeq });
    expect(first.head_hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('goes on from the last seal', async () => {
    await accounting.allocate(user, 1);
    const behind = await verify(user);
    await Promise.all([seal(), seal()]);
    const sealed = await verify(user);
    expect([behind.sound, sealed.sound, sealed.sealed_seq - behind.sealed_seq]).toEqual([true, true, 1]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['another reason', () => change('credit_entries', `close:${holdId}`, { reason: 'forged' })],
    ['another actor', () => change('credit_entries', `close:${holdId}`, { actor: 'svc:other' })],
    ['another time', () => change('credit_entries', `close:${holdId}`, { at: new Date(0) })],
  ])('sees an old entry with %s, although all sums are right', async (_name, forge) => {
    await forge();
    expect(await verify(user)).toMatchObject({ sound: false, chain_holds: false, drift: [] });
  });

  it('sees that the last entries are gone', async () => {
    await accounting.db.collection('credit_entries').deleteOne({ account_id: `user:${user.id}`, type: 'adjustment' });
    expect(await verify(user)).toMatchObject({ sound: false, chain_holds: false });
  });

  it('refuses an account that does not exist', async () => {
    expect(refusal(await accounting.http.get('/ledger/verify/user:nobody', admin()))).toEqual(
      problem(404, 'account_not_found'),
    );
  });
});

describe('the audit', () => {
  const routes = [
    ['post', '/ledger/reconcile'],
    ['get', '/ledger/reconcile/run_x'],
    ['get', '/ledger/verify/user:x'],
  ] as const;
  it.each(routes)('%s %s is for ledger:audit, given outside of organisations', async (method, path) => {
    const send = (token: string) =>
      method === 'post' ? accounting.http.post(path, undefined, { token }) : accounting.http.get(path, { token });
    accounting.auth.user('usr_org_owner', ['*']);
    const inOrganization = accounting.auth.accessToken('usr_org_owner', { org_id: 'org_1' });
    for (const token of [accounting.user(['credits:*']).token, inOrganization])
      expect(refusal(await send(token))).toEqual(problem(403, 'permission_denied'));
  });

  it('refuses a run that does not exist', async () => {
    expect(refusal(await accounting.http.get('/ledger/reconcile/run_x', admin()))).toEqual(
      problem(404, 'run_not_found'),
    );
  });
});
