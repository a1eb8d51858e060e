import { Chain } from '../src/reconciliation/chain.service.js';
import { Reconciliation } from '../src/reconciliation/reconciliation.service.js';
import { type AccountingHarness, buildHold, flatPrice, type TestUser } from './accounting-harness.js';

/** An account with every kind of entry, and the ids of its holds by what became of them. */
export interface BusyAccount {
  user: TestUser;
  id: string;
  settled: string;
  released: string;
  late: string;
  open: string;
  denied: string;
}

export interface Found {
  account_id: string;
  invariant: string;
  detail: string;
}

/** What the suites of the reconciliation do with accounting. */
export class ReconciliationScene {
  constructor(readonly accounting: AccountingHarness) {}

  readonly admin = () => ({ token: this.accounting.admin() });

  /** A call costs 75, or more than anybody has. */
  async setPrices(): Promise<void> {
    await this.accounting.price('flat', flatPrice(75));
    await this.accounting.price('dear', flatPrice(1_000_000));
  }

  async createBusyAccount(): Promise<BusyAccount> {
    const { accounting } = this;
    const user = await accounting.createUser(1_000);
    const [settled, released, late, open] = [buildHold(), buildHold(), buildHold(), buildHold()];
    const denied = buildHold({ model: 'dear' });
    for (const hold of [settled, released, late, open, denied]) await accounting.hold(user, hold);
    await accounting.settle(settled.hold_id);
    await accounting.release(released.hold_id);
    await accounting.abandon(late.hold_id);
    await accounting.sweep();
    await accounting.settle(late.hold_id);
    await accounting.refund({ hold_id: settled.hold_id, amount_ucr: 5 });
    await accounting.adjust(user, -10);
    const ids = { settled: settled.hold_id, released: released.hold_id, late: late.hold_id };
    return { user, id: `user:${user.id}`, ...ids, open: open.hold_id, denied: denied.hold_id };
  }

  collection(name: string) {
    return this.accounting.db.collection<{ _id: string }>(name);
  }

  change(collection: string, _id: string, fields: Record<string, unknown>) {
    return this.collection(collection).updateOne({ _id }, { $set: fields });
  }

  remove(collection: string, _id: string) {
    return this.collection(collection).deleteOne({ _id });
  }

  account(id: string) {
    return this.collection('credit_accounts').findOne({ _id: id });
  }

  /** An entry under another name or with other fields, as somebody with access to the database could write it. */
  async forge(entryId: string, fields: Record<string, unknown>, removesFirst = true): Promise<void> {
    const entries = this.collection('credit_entries');
    const entry = await entries.findOne({ _id: entryId });
    if (removesFirst) await entries.deleteOne({ _id: entryId });
    await entries.insertOne({ ...entry!, ...fields });
  }

  /** A run from its beginning to its end. */
  async reconcile(body?: Record<string, unknown>) {
    const answer = await this.accounting.http.post('/ledger/reconcile', body, this.admin());
    if (answer.status !== 202) throw new Error(`the run did not begin: ${JSON.stringify(answer.body)}`);
    await this.accounting.service.app.get(Reconciliation, { strict: false }).idle();
    return (await this.accounting.http.get(`/ledger/reconcile/${answer.body.run_id}`, this.admin())).body;
  }

  /** What a full run finds about one account, by the numbers of the invariants. */
  async invariantsBroken(accountId: string): Promise<string[]> {
    const { drift } = await this.reconcile();
    const own = (drift as Found[]).filter(({ account_id }) => account_id === accountId);
    return [...new Set(own.map(({ invariant }) => invariant))];
  }

  seal(): Promise<void> {
    return this.accounting.service.app.get(Chain, { strict: false }).sealAll();
  }

  async verify(accountId: string) {
    return (await this.accounting.http.get(`/ledger/verify/${accountId}`, this.admin())).body;
  }
}
