import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Conservation } from '../src/reconciliation/conservation.service.js';
import { AccountingHarness } from './accounting-harness.js';
import { ReconciliationScene } from './reconciliation-scene.js';

const account = 'credit_accounts';
const entries = 'credit_entries';

let accounting: AccountingHarness;
let scene: ReconciliationScene;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  scene = new ReconciliationScene(accounting);
  await scene.setPrices();
  await scene.createBusyAccount();
});
// The books that this suite leaves behind are wrong on purpose.
afterAll(() => accounting.stop());

describe('the books as a whole', () => {
  const broken = () => accounting.service.app.get(Conservation, { strict: false }).audit();

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
