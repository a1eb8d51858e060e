import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Document } from 'mongodb';
import { ConservationService } from '../src/audit/conservation.service.js';
import { AccountingHarness, buildHold, problem, refusal } from './accounting-harness.js';
import { ReconciliationScene } from './reconciliation-scene.js';
import { findFaults } from './sound-books.js';

let accounting: AccountingHarness;
let scene: ReconciliationScene;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  scene = new ReconciliationScene(accounting);
  await scene.setPrices();
});
// The books that this suite leaves behind are wrong on purpose.
afterAll(() => accounting.stop());

const health = (token = accounting.admin()) => accounting.http.get('/health/ledger', { token });
const well = { drift: 0, overdue_holds: 0, oldest_overdue_seconds: 0, frozen_accounts: 0, last_run: null };

describe('GET /health/ledger', () => {
  afterAll(async () => {
    // So that the independent check reads a chain with every kind of entry.
    await scene.seal();
    expect(await findFaults(accounting.db)).toEqual([]);
  });

  it('is well before anything was looked at', async () => {
    const { status, body } = await health();
    expect([status, body]).toEqual([200, well]);
  });

  it('tells about the last run', async () => {
    await scene.createBusyAccount();
    const { run_id, finished_at, started_at } = await scene.reconcile();
    const run = { run_id, state: 'sound', scope: 'full', started_at, finished_at, accounts: 1, entries: 11 };
    expect((await health()).body).toEqual({ ...well, last_run: { ...run, drift_count: 0 } });
  });

  it('is not while there is drift, whatever the next run reads, and is once it was put right and a full run says so', async () => {
    const { id } = await scene.createBusyAccount();
    await scene.change('credit_accounts', id, { balance_ucr: 5_000n });
    await scene.reconcile();
    const drifted = await health();
    expect([drifted.status, drifted.body]).toEqual([503, expect.objectContaining({ drift: 2, frozen_accounts: 1 })]);
    await scene.reconcile({ scope: 'incremental' });
    expect((await health()).status).toBe(503);
    await accounting.http.post(`/ledger/repair/${id}`, { reason: 'test' }, scene.admin());
    expect((await health()).body).toMatchObject({ drift: 1, frozen_accounts: 0 });
    await scene.reconcile();
    const { status, body } = await health();
    expect([status, body]).toEqual([200, expect.objectContaining({ drift: 0, frozen_accounts: 0 })]);
  });

  it('goes on about the books as a whole until a full run finds them in order', async () => {
    const entries = accounting.db.collection<Document & { _id: string }>('credit_entries');
    const [entry] = await entries.find({ type: 'allocation' }).toArray();
    await entries.insertOne({ ...entry!, _id: 'alloc:stray', account_id: 'user:nobody' });
    await scene.reconcile();
    await scene.reconcile({ scope: 'incremental' });
    expect((await health()).status).toBe(503);
    await entries.deleteOne({ _id: 'alloc:stray' });
    await scene.reconcile();
    expect((await health()).status).toBe(200);
  });

  it('is not while a hold is overdue for more than two minutes', async () => {
    const hold = buildHold();
    await accounting.hold(await accounting.createUser(500), hold);
    const overdue = async (seconds: number) => {
      await scene.change('credit_holds', hold.hold_id, { expires_at: new Date(Date.now() - seconds * 1_000) });
      const { status, body } = await health();
      return [status, body.overdue_holds, body.oldest_overdue_seconds >= seconds - 1];
    };
    expect(await overdue(60)).toEqual([200, 1, true]);
    expect(await overdue(300)).toEqual([503, 1, true]);
    await accounting.sweep();
    expect((await health()).status).toBe(200);
  });

  it('is for services and for ledger:audit, given outside of organisations', async () => {
    expect((await health(accounting.chat())).status).toBe(200);
    expect((await health(accounting.user(['ledger:audit']).token)).status).toBe(200);
    accounting.auth.user('usr_org_owner', ['*']);
    const inOrganization = accounting.auth.accessToken('usr_org_owner', { org_id: 'org_1' });
    for (const token of [accounting.user(['credits:*']).token, inOrganization])
      expect(refusal(await health(token))).toEqual(problem(403, 'permission_denied'));
    const reader = accounting.auth.serviceToken('chat', 'accounting', 'users:read');
    expect(refusal(await health(reader))).toEqual(problem(403, 'insufficient_scope'));
    expect(refusal(await accounting.http.get('/health/ledger'))).toEqual(problem(401, 'token_missing'));
  });
});

describe('the books as a whole', () => {
  const account = 'credit_accounts';
  const entries = 'credit_entries';
  const broken = () => accounting.service.app.get(ConservationService, { strict: false }).audit();

  it('come to nothing, with balances that together are more than 64 bits can count', async () => {
    expect(await broken()).toEqual([]);
    const rich = Array.from({ length: 1_100 }, (_, index) => ({
      account: { _id: `user:rich_${index}`, balance_ucr: 2n ** 53n - 1n },
      entry: { _id: `alloc:rich_${index}`, account_id: `user:rich_${index}`, delta_ucr: 2n ** 53n - 1n },
    }));
    const now = new Date();
    await scene.collection(account).insertMany(
      rich.map((each) => ({
        ...{ ...each.account, held_ucr: 0n, open_holds: 0, seq: 1, status: 'active' },
        ...{ created_at: now, updated_at: now },
      })),
    );
    await scene.collection(entries).insertMany(
      rich.map((each) => ({
        ...{ ...each.entry, held_delta_ucr: 0n, balance_after_ucr: 2n ** 53n - 1n, held_after_ucr: 0n },
        ...{ seq: 1, type: 'allocation', counterparty: 'sys:issuance', actor: 'usr_admin', request_hash: 'x', at: now },
      })),
    );
    expect(await broken()).toEqual([]);
    await scene.change(account, 'user:rich_7', { balance_ucr: 2n ** 53n - 2n });
    expect(await broken()).toEqual([{ account_id: 'sys:ledger', invariant: 'I8', detail: expect.any(String) }]);
    for (const name of [account, entries]) await scene.collection(name).deleteMany({ _id: /rich/ as never });
  });

  it('do not, when an account is gone', async () => {
    const { id } = await accounting.createUser(5);
    await scene.remove(account, `user:${id}`);
    const { drift } = await scene.reconcile();
    expect(drift).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ account_id: `user:${id}`, invariant: 'I1' }),
        expect.objectContaining({ account_id: 'sys:ledger', invariant: 'I8' }),
      ]),
    );
  });
});
