import { ChainService } from '../src/chain/chain.service.js';
import { ReconciliationService } from '../src/reconciliation/reconciliation.service.js';
import { type AccountingHarness, buildHold, flatPrice } from './accounting-harness.js';
import { type BusyAccount, BusyAccounts } from './busy-accounts.js';

/** A member of an organisation's pool with 1,000: 75 of their cap of 500 are spent and 75 are held. */
export interface CappedMember {
  /** The organisation's account. */
  accountId: string;
  cap: string;
}

export interface Found {
  account_id: string;
  invariant: string;
  detail: string;
}

/** What the suites of the reconciliation do with accounting. */
export class ReconciliationScene {
  private readonly busyAccounts: BusyAccounts;

  constructor(readonly accounting: AccountingHarness) {
    this.busyAccounts = new BusyAccounts(accounting);
  }

  readonly admin = () => ({ token: this.accounting.admin() });

  /** A call costs 75, or more than anybody has. */
  async setPrices(): Promise<void> {
    await this.accounting.price('flat', flatPrice(75));
    await this.accounting.price('dear', flatPrice(1_000_000));
  }

  createBusyAccount = (): Promise<BusyAccount> => this.busyAccounts.create();

  /** As many at once, after the first one. */
  createBusyAccounts = (count: number): Promise<BusyAccount[]> => this.busyAccounts.createCopies(count);

  async createCappedMember(period: 'day' | 'month'): Promise<CappedMember> {
    const { accounting } = this;
    const { id } = accounting.user();
    const orgId = `org_${id}`;
    accounting.auth.organizations.add(orgId);
    const pool = { org_id: orgId, amount_ucr: 1_000, reason: 'test' };
    await accounting.http.post('/credits/allocations', pool, this.admin());
    const cap = { org_id: orgId, user_id: id, period, cap_ucr: 500 };
    await accounting.http.put('/credits/member-caps', cap, this.admin());
    const member = { id, token: accounting.auth.accessToken(id, { org_id: orgId }) };
    const [settled, open] = [buildHold(), buildHold()];
    for (const hold of [settled, open]) await accounting.hold(member, hold);
    await accounting.settle(settled.hold_id);
    return { accountId: `org:${orgId}`, cap: `${orgId}:${id}:${period}` };
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
    await this.accounting.service.app.get(ReconciliationService, { strict: false }).idle();
    return (await this.accounting.http.get(`/ledger/reconcile/${answer.body.run_id}`, this.admin())).body;
  }

  /** What a full run finds about one account, by the numbers of the invariants. */
  async invariantsBroken(accountId: string): Promise<string[]> {
    const { drift } = await this.reconcile();
    const own = (drift as Found[]).filter(({ account_id }) => account_id === accountId);
    return [...new Set(own.map(({ invariant }) => invariant))];
  }

  seal(): Promise<void> {
    return this.accounting.service.app.get(ChainService, { strict: false }).sealAll();
  }

  async verify(accountId: string) {
    return (await this.accounting.http.get(`/ledger/verify/${accountId}`, this.admin())).body;
  }
}
