import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ChainService } from '../src/chain/chain.service.js';
import { LedgerHealthJob } from '../src/ledger-health/ledger-health.job.js';
import { AccountingHarness, buildHold, problem, refusal, type TestUser } from './accounting-harness.js';
import type { BusyAccount } from './busy-accounts.js';
import { type CappedMember, type Found, ReconciliationScene } from './reconciliation-scene.js';

let accounting: AccountingHarness;
let scene: ReconciliationScene;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  scene = new ReconciliationScene(accounting);
  await scene.setPrices();
});
// The books that this suite leaves behind are wrong on purpose.
afterAll(() => accounting.stop());

const change = (collection: string, id: string, fields: Record<string, unknown>) =>
  scene.change(collection, id, fields);
const account = 'credit_accounts';
const holds = 'credit_holds';
const entries = 'credit_entries';

type Spoil = (books: BusyAccount) => Promise<unknown>;

/** Ways to break the books, each with the invariant that it breaks. */
const spoils: [string, string, Spoil][] = [
  ['I1', 'a balance that was changed', ({ id }) => change(account, id, { balance_ucr: 5_000n })],
  ['I2', 'a hold that was opened again', ({ settled }) => change(holds, settled, { state: 'held' })],
  ['I2', 'an open hold that was enlarged', ({ open }) => change(holds, open, { amount_ucr: 76n })],
  ['I2', 'a promise below what was held', ({ open }) => change(holds, open, { promised_ucr: 74n })],
  ['I2', 'open holds that were miscounted', ({ id }) => change(account, id, { open_holds: 3 })],
  ['I3', 'more freed than was held', ({ settled }) => change(entries, `hold:${settled}`, { held_delta_ucr: -75n })],
  [
    'I4',
    'a second end',
    ({ settled }) => scene.forge(`close:${settled}`, { _id: `closed:${settled}`, seq: 99 }, false),
  ],
  ['I5', 'a charge that was changed', ({ settled }) => change(holds, settled, { charged_ucr: 1n })],
  ['I5', 'an outcome that costs nothing', ({ settled }) => change(holds, settled, { outcome: 'failed' })],
  ['I5', 'an uncollected rest', ({ late }) => change(holds, late, { uncollected_ucr: 1n })],
  ['I5', 'a write-off', ({ settled }) => change(entries, `close:${settled}`, { written_off_ucr: 9n })],
  ['I5', 'another price', ({ settled }) => change(holds, settled, { price_id: 'prc_other' })],
  ['I6', 'a rest that was changed', ({ settled }) => change(holds, settled, { released_ucr: 1n })],
  ['I7', 'an entry that was changed', ({ settled }) => change(entries, `hold:${settled}`, { held_after_ucr: 1n })],
  ['I7', 'an entry that was removed', ({ released }) => scene.remove(entries, `close:${released}`)],
  ['I8', 'credits from nowhere', ({ settled }) => change(entries, `close:${settled}`, { counterparty: null })],
  ['I8', 'the other side', ({ settled }) => change(entries, `close:${settled}`, { counterparty: 'sys:issuance' })],
  ['I9', 'an entry of another name', ({ settled }) => scene.forge(`close:${settled}`, { _id: `x:${settled}` })],
  ['I9', 'a request without a digest', ({ settled }) => change(entries, `close:${settled}`, { request_hash: null })],
  ['I12', 'a hold that is gone', ({ settled }) => scene.remove(holds, settled)],
  ['I12', 'an end without an entry', ({ open }) => change(holds, open, { state: 'released', released_ucr: 75n })],
  ['I12', 'another way to end', ({ settled }) => change(holds, settled, { state: 'expired' })],
  ['I12', 'a hold that a user made', ({ open }) => change(entries, `hold:${open}`, { actor: 'usr_1' })],
];

describe('a reconciliation', () => {
  it('finds sound books sound', async () => {
    await scene.createBusyAccount();
    await scene.seal();
    const run = await scene.reconcile();
    expect(run).toMatchObject({ state: 'sound', scope: 'full', drift: [], drift_count: 0, alerts: [] });
    expect(run.entries).toBeGreaterThan(9);
  });

  it('lets what was begun on a frozen account be ended', async () => {
    const { id, user, open } = await scene.createBusyAccount();
    await change(account, id, { balance_ucr: 5_000n });
    await scene.reconcile();
    expect(refusal(await accounting.allocate(user, 5))).toEqual(problem(423, 'account_frozen'));
    expect((await accounting.settle(open)).status).toBe(200);
  });

  it('finds I11: an entry that is not what was sealed, although all sums are right', async () => {
    const { id, settled } = await scene.createBusyAccount();
    await scene.seal();
    await change(entries, `close:${settled}`, { reason: 'forged' });
    expect(await scene.invariantsBroken(id)).toEqual(['I11']);
  });

  it('finds I11: an entry that is not what an earlier run has checked, before it was ever sealed', async () => {
    const { id, settled } = await scene.createBusyAccount();
    await scene.reconcile();
    await scene.collection('chain_heads').deleteOne({ _id: id });
    await change(entries, `close:${settled}`, { reason: 'forged' });
    expect(await scene.invariantsBroken(id)).toEqual(['I11']);
  });

  it('says in the log and on the measurements what it has found', async () => {
    const { id } = await scene.createBusyAccount();
    await change(account, id, { held_ucr: 1n });
    await scene.reconcile();
    await accounting.service.app.get(LedgerHealthJob, { strict: false }).measure();
    const { body } = await accounting.http.get('/metrics');
    expect(body).toMatch(/^ledger_frozen_accounts [1-9]/m);
    expect(body).toMatch(/^ledger_overdue_holds 0$/m);
    expect(body).toMatch(/^ledger_drift_total\{invariant="I2"\} [1-9]/m);
    const line = { level: 'error', accountId: id, drift: expect.arrayContaining([expect.anything()]) };
    expect(accounting.logs.lines).toContainEqual(expect.objectContaining(line));
  });
});

describe('a full run', () => {
  const spoiled = new Map<Spoil, { books: BusyAccount; before: unknown }>();
  let other: TestUser;
  let drift: Found[];
  beforeAll(async () => {
    other = await accounting.createUser(500);
    const all = await scene.createBusyAccounts(spoils.length);
    await Promise.all(spoils.map(([, , spoil], index) => spoil(all[index]!)));
    const before = await scene.collection(account).find().toArray();
    for (const [index, [, , spoil]] of spoils.entries()) {
      const books = all[index]!;
      spoiled.set(spoil, { books, before: before.find(({ _id }) => _id === books.id) });
    }
    ({ drift } = await scene.reconcile());
  });

  it.each(spoils)('finds %s: %s; freezes that account and repairs nothing', async (invariant, _name, spoil) => {
    const { books, before } = spoiled.get(spoil)!;
    const own = drift.filter(({ account_id }) => account_id === books.id);
    expect(own.map((found) => found.invariant)).toContain(invariant);
    expect(refusal(await accounting.hold(books.user, buildHold()))).toEqual(problem(423, 'account_frozen'));
    expect(await scene.account(books.id)).toEqual({ ...(before as object), status: 'frozen' });
  });

  it('lets everybody else go on', async () => {
    expect((await accounting.hold(other, buildHold())).status).toBe(201);
  });
});

describe("the caps of an organisation's members", () => {
  type SpoilCap = (member: CappedMember) => Promise<unknown>;
  const set = (fields: Record<string, unknown>): SpoilCap => {
    return ({ cap }) => change('member_caps', cap, fields);
  };
  const wrong: [string, SpoilCap][] = [
    ['held', set({ held_ucr: 76n })],
    ['less spent', set({ spent_ucr: 74n })],
    ['more spent', set({ spent_ucr: 76n })],
  ];
  const right: [string, SpoilCap][] = [
    ['are counted as their holds say', () => Promise.resolve()],
    ['may have counted yesterday what began yesterday', beganYesterday],
  ];
  const members = new Map<SpoilCap, CappedMember>();
  let drift: Found[];
  const found = (of: SpoilCap) => drift.filter(({ account_id }) => account_id === members.get(of)!.accountId);
  beforeAll(async () => {
    await Promise.all(
      [...wrong, ...right].map(async ([, spoil]) => {
        const member = await scene.createCappedMember('day');
        expect(await scene.collection('member_caps').findOne({ _id: member.cap })).toMatchObject({
          spent_ucr: 75n,
          held_ucr: 75n,
        });
        await spoil(member);
        members.set(spoil, member);
      }),
    );
    ({ drift } = await scene.reconcile());
  });

  async function beganYesterday({ cap }: CappedMember): Promise<void> {
    const day = 24 * 60 * 60_000;
    for (const { _id } of await scene.collection('credit_holds').find({ caps: cap }).toArray())
      await change(holds, _id, { 'opening.expires_at': new Date(Date.now() - 2 * day) });
    await change('member_caps', cap, { spent_ucr: 0n });
  }

  it.each(right)('%s', (_name, spoil) => {
    expect(found(spoil)).toEqual([]);
  });

  it.each(wrong)('show I13 when they say otherwise: %s', async (_name, spoil) => {
    expect([...new Set(found(spoil).map(({ invariant }) => invariant))]).toEqual(['I13']);
    expect(await scene.account(members.get(spoil)!.accountId)).toMatchObject({ status: 'frozen' });
  });
});

describe('GET /ledger/verify/{account_id}', () => {
  let books: BusyAccount;
  /** One for each test here, all of them sealed at once. */
  let ready: BusyAccount[];
  beforeAll(async () => {
    ready = await scene.createBusyAccounts(11);
    await scene.seal();
  });
  beforeEach(() => {
    books = ready.pop()!;
  });

  it('says that what was sealed is still there', async () => {
    const [first, sealedSeq] = [await scene.verify(books.id), (await accounting.entries(books.user)).length];
    expect(first).toMatchObject({ sound: true, chain_holds: true, drift: [], sealed_seq: sealedSeq });
    expect(first.head_hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('goes on from the last seal', async () => {
    await accounting.allocate(books.user, 1);
    const behind = await scene.verify(books.id);
    await Promise.all([scene.seal(), scene.seal()]);
    const sealed = await scene.verify(books.id);
    expect([behind.sound, sealed.sound, sealed.sealed_seq - behind.sealed_seq]).toEqual([true, true, 1]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['another reason', { reason: 'forged' }],
    ['another actor', { actor: 'svc:other' }],
    ['another time', { at: new Date(0) }],
    ['other tokens', { 'usage.output_tokens': 1 }],
    ['another refund', { refund_of: 'close:other' }],
  ])('sees an old entry with %s, although all sums are right', async (_name, fields) => {
    await change(entries, `close:${books.settled}`, fields);
    expect(await scene.verify(books.id)).toMatchObject({ sound: false, chain_holds: false, drift: [] });
  });

  it('seals a chain of an earlier form anew', async () => {
    const heads = scene.collection('chain_heads');
    const head = await heads.findOne({ _id: books.id });
    await heads.updateOne({ _id: books.id }, { $set: { hash: 'a'.repeat(64) }, $unset: { form: 1 } });
    expect(await scene.verify(books.id)).toMatchObject({ sound: true, sealed_seq: 0 });
    await accounting.service.app.get(ChainService, { strict: false }).sealAll();
    expect(await heads.findOne({ _id: books.id })).toEqual(head);
  });

  it('sees that the last entries are gone', async () => {
    await accounting.db.collection('credit_entries').deleteOne({ account_id: books.id, type: 'adjustment' });
    expect(await scene.verify(books.id)).toMatchObject({ sound: false, chain_holds: false });
  });

  it('refuses an account that does not exist', async () => {
    expect(refusal(await accounting.http.get('/ledger/verify/user:nobody', scene.admin()))).toEqual(
      problem(404, 'account_not_found'),
    );
  });
});
