import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { HttpClient } from '@parley/testing';
import { AccountingHarness, buildHold, problem, refusal } from './accounting-harness.js';
import type { BusyAccount } from './busy-accounts.js';
import { ReconciliationScene } from './reconciliation-scene.js';

let accounting: AccountingHarness;
let scene: ReconciliationScene;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  scene = new ReconciliationScene(accounting);
  await scene.setPrices();
});
// Some of the books that this suite leaves behind are wrong on purpose.
afterAll(() => accounting.stop());

const account = 'credit_accounts';
const repair = (id: string, { key, token, http = accounting.http, reason = 'test' }: Repair = {}) =>
  http.post(
    `/ledger/repair/${id}`,
    { reason },
    { token: token ?? accounting.admin(), headers: key === undefined ? {} : { 'idempotency-key': key } },
  );
interface Repair {
  key?: string;
  token?: string;
  http?: HttpClient;
  reason?: string;
}
const corrections = (id: string) =>
  accounting.db.collection('credit_entries').find({ account_id: id, type: 'correction' }).toArray();
const freeze = (id: string) => scene.change(account, id, { status: 'frozen' });

describe('POST /ledger/repair/{account_id}', () => {
  let books: BusyAccount;
  beforeEach(async () => {
    books = await scene.createBusyAccount();
  });

  it('takes what the account says from its entries, and puts it back into use', async () => {
    const before = await scene.account(books.id);
    const wrong = { balance_ucr: 5_000n, held_ucr: 1n, open_holds: 7, seq: 3 };
    await scene.change(account, books.id, wrong);
    await scene.reconcile();
    const { status, body } = await repair(books.id, { reason: 'edited by hand' });
    expect([status, body]).toEqual([
      201,
      expect.objectContaining({
        account_id: books.id,
        before: { balance_ucr: 5_000, held_ucr: 1, open_holds: 7, seq: 3 },
        after: { balance_ucr: 845, held_ucr: 75, open_holds: 1, seq: body.seq },
        reason: 'edited by hand',
      }),
    ]);
    const now = await scene.account(books.id);
    expect({ ...now, updated_at: null }).toEqual({ ...before, seq: body.seq, updated_at: null });
    expect(await scene.invariantsBroken(books.id)).toEqual([]);
    expect((await accounting.hold(books.user, buildHold())).status).toBe(201);
    expect((await accounting.settle(books.open)).status).toBe(200);
  });

  it('also explains what was booked on the wrong account in the meantime', async () => {
    await scene.change(account, books.id, { balance_ucr: 5_000n });
    await accounting.settle(books.open);
    const late = buildHold();
    await accounting.hold(books.user, late);
    await scene.reconcile();
    await accounting.settle(late.hold_id);
    expect((await scene.verify(books.id)).drift).toContainEqual(expect.objectContaining({ invariant: 'I7' }));
    expect((await repair(books.id)).body.after).toMatchObject({ balance_ucr: 695, held_ucr: 0, open_holds: 0 });
    await scene.seal();
    expect([await scene.invariantsBroken(books.id), (await scene.verify(books.id)).sound]).toEqual([[], true]);
    expect((await accounting.hold(books.user, buildHold())).status).toBe(201);
  });

  it('writes one entry that moves nothing and says who, why and what', async () => {
    await scene.change(account, books.id, { balance_ucr: 5_000n });
    await scene.reconcile();
    await repair(books.id);
    const [entry] = await corrections(books.id);
    expect(entry).toMatchObject({ delta_ucr: 0n, held_delta_ucr: 0n, actor: 'usr_admin', reason: 'test' });
    expect(entry!.correction).toMatchObject({ before: { balance_ucr: 5_000n }, after: { balance_ucr: 845n } });
    await scene.seal();
    expect(await scene.verify(books.id)).toMatchObject({ sound: true, sealed_seq: entry!.seq });
    await scene.change('credit_entries', entry!._id as never, { 'correction.before.balance_ucr': 845n });
    expect(await scene.verify(books.id)).toMatchObject({ sound: false, chain_holds: false });
  });

  it('is shown on statements and receipts', async () => {
    await freeze(books.id);
    const { entry_id: id, before, after } = (await repair(books.id)).body;
    const { token } = books.user;
    const { body } = await accounting.http.get('/credits/entries?limit=1', { token });
    expect(body.data[0]).toMatchObject({ entry_id: id, type: 'correction', correction: { before, after } });
    const csv = (await accounting.http.get('/credits/entries?limit=1&format=csv', { token })).body;
    expect(csv.split('\r\n')[1]).toMatch(/,correction,0,0,845,75,repair_/);
    const receipt = await accounting.http.get(`/credits/entries/${encodeURIComponent(id)}/receipt`, { token });
    expect(receipt.body).toEqual({ entry: body.data[0] });
  });

  it('only thaws an account that is in order', async () => {
    await freeze(books.id);
    const { before, after } = (await repair(books.id)).body;
    expect(after).toEqual({ ...before, seq: before.seq + 1 });
    expect(await scene.account(books.id)).toMatchObject({ status: 'active' });
  });

  it.each<[string, string, (of: BusyAccount) => Promise<unknown>]>([
    ['an entry', 'I7', ({ settled }) => scene.change('credit_entries', `hold:${settled}`, { held_after_ucr: 1n })],
    ['a hold', 'I5', ({ settled }) => scene.change('credit_holds', settled, { uncollected_ucr: 1n })],
    ['the chain', 'I11', ({ settled }) => scene.change('credit_entries', `close:${settled}`, { reason: 'forged' })],
    ['an open hold', 'I2', ({ open }) => scene.change('credit_holds', open, { amount_ucr: 76n })],
  ])('changes nothing when %s does not add up itself, and says so', async (_name, invariant, spoil) => {
    await scene.seal();
    await spoil(books);
    await scene.change(account, books.id, { balance_ucr: 5_000n, status: 'frozen' });
    const before = [await scene.account(books.id), await accounting.counts()];
    const answer = await repair(books.id);
    expect(refusal(answer)).toEqual(problem(409, 'books_broken'));
    expect(answer.body.drift).toContainEqual({ account_id: books.id, invariant, detail: expect.any(String) });
    expect([await scene.account(books.id), await accounting.counts()]).toEqual(before);
  });

  it('answers a repetition with the first answer, and another request under its key with a conflict', async () => {
    await freeze(books.id);
    const key = `key-${books.user.id}`;
    const [first, again] = [await repair(books.id, { key }), await repair(books.id, { key })];
    expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([201, first.body, 'true']);
    expect(refusal(await repair(books.id, { key, reason: 'other' }))).toEqual(problem(409, 'idempotency_mismatch'));
    expect(await corrections(books.id)).toHaveLength(1);
  });

  it('is done once when two instances do it at once', async () => {
    const other = await accounting.addInstance();
    await scene.change(account, books.id, { balance_ucr: 5_000n, status: 'frozen' });
    const sent = [accounting.http, other.http, accounting.http, other.http].map((http) => repair(books.id, { http }));
    const answers = await Promise.all(sent);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    expect(refusal(answers.find(({ status }) => status === 409)!)).toEqual(problem(409, 'account_not_frozen'));
    expect(await corrections(books.id)).toHaveLength(1);
    await freeze(books.id);
    const key = `same-${books.user.id}`;
    const same = await Promise.all([accounting.http, other.http].map((http) => repair(books.id, { http, key })));
    expect(same.map(({ status }) => status)).toEqual([201, 201]);
    expect(same[0]!.body).toEqual(same[1]!.body);
    expect(await corrections(books.id)).toHaveLength(2);
  });

  it('does not get in the way of the end of a hold, nor that in its way', async () => {
    await scene.change(account, books.id, { open_holds: 9, status: 'frozen' });
    const [repaired, settled] = await Promise.all([repair(books.id), accounting.settle(books.open)]);
    expect([repaired.status, settled.status]).toEqual([201, 200]);
    expect(await scene.invariantsBroken(books.id)).toEqual([]);
    expect(await scene.account(books.id)).toMatchObject({ status: 'active', held_ucr: 0n, open_holds: 0 });
  });

  it('refuses an account that is not frozen, and one that is not there', async () => {
    expect(refusal(await repair(books.id))).toEqual(problem(409, 'account_not_frozen'));
    expect(refusal(await repair('user:nobody'))).toEqual(problem(404, 'account_not_found'));
    expect(await corrections(books.id)).toEqual([]);
  });

  it('is for credits:adjust, given outside of organisations', async () => {
    await freeze(books.id);
    const [auditor, member] = [accounting.user(['ledger:audit', 'credits:read']), books.user];
    accounting.auth.user('usr_org_owner', ['*']);
    const inOrganization = accounting.auth.accessToken('usr_org_owner', { org_id: 'org_1' });
    for (const token of [auditor.token, member.token, inOrganization])
      expect(refusal(await repair(books.id, { token }))).toEqual(problem(403, 'permission_denied'));
    expect(refusal(await repair(books.id, { token: accounting.chat() }))).toEqual(problem(403, 'user_token_required'));
    expect(refusal(await repair(books.id, { token: 'garbage' }))).toEqual(problem(401, 'invalid_token'));
    expect(await scene.account(books.id)).toMatchObject({ status: 'frozen' });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no reason', {}, 'validation_failed'],
    ['an empty reason', { reason: '' }, 'validation_failed'],
    ['figures of the caller', { reason: 'x', balance_ucr: 5 }, 'unknown_field'],
  ])('refuses %s', async (_name, body, code) => {
    const answer = await accounting.http.post(`/ledger/repair/${books.id}`, body, scene.admin());
    expect(refusal(answer)).toEqual(problem(400, code));
  });
});

describe("the repair of an organisation's account", () => {
  it('counts the caps of its members anew', async () => {
    const { accountId, cap: id } = await scene.createCappedMember('month');
    await scene.change('member_caps', id, { held_ucr: 9n, spent_ucr: 9n });
    expect(await scene.invariantsBroken(accountId)).toEqual(['I13']);
    expect((await repair(accountId)).status).toBe(201);
    expect(await scene.collection('member_caps').findOne({ _id: id })).toMatchObject({ held_ucr: 75n, spent_ucr: 75n });
    expect((await corrections(accountId))[0]!.correction.caps).toEqual([
      { cap_id: id, held_before_ucr: 9n, held_after_ucr: 75n, spent_before_ucr: 9n, spent_after_ucr: 75n },
    ]);
    expect(await scene.invariantsBroken(accountId)).toEqual([]);
  });
});
