import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ReconciliationJob } from '../src/reconciliation/reconciliation.job.js';
import { ReconRunsService } from '../src/reconciliation/recon-runs.service.js';
import { ReconciliationService } from '../src/reconciliation/reconciliation.service.js';
import { AccountingHarness, buildHold, problem, refusal } from './accounting-harness.js';
import { ReconciliationScene } from './reconciliation-scene.js';

const minute = 60_000;

let accounting: AccountingHarness;
let scene: ReconciliationScene;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  scene = new ReconciliationScene(accounting);
  await scene.setPrices();
});
afterAll(() => accounting.stop());

const part = <Part>(type: new (...needs: never[]) => Part): Part => accounting.service.app.get(type, { strict: false });
const incremental = () => scene.reconcile({ scope: 'incremental' });

describe('an incremental run', () => {
  it('reads only what was written since the last run', async () => {
    const [{ user }] = [await scene.createBusyAccount(), await scene.createBusyAccount()];
    expect(await scene.reconcile()).toMatchObject({ state: 'sound', accounts: 2, scope: 'full' });
    expect(await incremental()).toMatchObject({ state: 'sound', accounts: 0, entries: 0, scope: 'incremental' });
    await accounting.hold(user, buildHold());
    await accounting.allocate(user, 5);
    expect(await incremental()).toMatchObject({ state: 'sound', accounts: 1, entries: 2 });
    await accounting.createUser(5);
    expect(await incremental()).toMatchObject({ state: 'sound', accounts: 1, entries: 1 });
  });

  it('finds what does not add up since then', async () => {
    const { user, id } = await scene.createBusyAccount();
    await incremental();
    const hold = buildHold();
    await accounting.hold(user, hold);
    await accounting.settle(hold.hold_id);
    await scene.change('credit_holds', hold.hold_id, { charged_ucr: 0n, released_ucr: 75n });
    const { state, drift } = await incremental();
    expect([state, drift[0]]).toEqual(['drift', expect.objectContaining({ account_id: id, invariant: 'I5' })]);
  });

  it('goes on about a frozen account until it is put right', async () => {
    expect(await incremental()).toMatchObject({ state: 'drift', accounts: 1 });
  });

  it('leaves an old entry that was changed to the full run', async () => {
    const { id, settled } = await scene.createBusyAccount();
    await scene.seal();
    await incremental();
    await scene.change('credit_entries', `close:${settled}`, { reason: 'forged' });
    const concerns = ({ drift }: { drift: { account_id: string }[] }) => drift.some((each) => each.account_id === id);
    expect([concerns(await incremental()), concerns(await scene.reconcile())]).toEqual([false, true]);
  });

  it('does not trust a checkpoint that an account has fallen behind', async () => {
    const { id, user } = await scene.createBusyAccount();
    await incremental();
    const entries = await accounting.entries(user);
    await scene.remove('credit_entries', String(entries.at(-1)!._id));
    await scene.change('credit_accounts', id, {
      seq: entries.length - 1,
      balance_ucr: entries.at(-2)!.balance_after_ucr,
    });
    expect((await incremental()).drift).toContainEqual(expect.objectContaining({ account_id: id, invariant: 'I7' }));
  });
});

describe('a hold that nobody ends', () => {
  it('is an alert (I10) and no reason to freeze', async () => {
    const user = await accounting.createUser(500);
    const [short, long] = [buildHold(), buildHold()];
    for (const hold of [short, long]) await accounting.hold(user, hold);
    await scene.change('credit_holds', short.hold_id, { expires_at: new Date(Date.now() - 5 * minute) });
    await scene.change('credit_holds', long.hold_id, { expires_at: new Date(Date.now() - 11 * minute) });
    const { alerts } = await incremental();
    expect(alerts).toEqual([
      { account_id: `user:${user.id}`, invariant: 'I10', detail: expect.stringContaining(long.hold_id) },
    ]);
    expect(await scene.account(`user:${user.id}`)).toMatchObject({ status: 'active' });
    await accounting.sweep();
  });
});

describe('runs', () => {
  const running = (fields: Record<string, unknown>) => ({
    ...{ _id: 'run_other', state: 'running', scope: 'full', started_by: 'x', at: new Date(0) },
    ...{ accounts: 0, entries: 0, drift: [] as never[], ...fields },
  });

  it('are one at a time, on whichever instance', async () => {
    const other = await accounting.addInstance();
    const start = (http = accounting.http) => http.post('/ledger/reconcile', {}, scene.admin());
    const answers = await Promise.all([start(), start(other.http), start(), start(other.http)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409]);
    const refused = answers.find(({ status }) => status === 409)!;
    expect(refusal(refused)).toEqual(problem(409, 'run_in_progress'));
    for (const app of [accounting.service.app, other.app])
      await app.get(ReconciliationService, { strict: false }).idle();
  });

  it('are never given up while they say that they go on, however long ago they began', async () => {
    await scene.collection('recon_runs').insertOne(running({ alive_at: new Date() }));
    const answer = await accounting.http.post('/ledger/reconcile', undefined, scene.admin());
    expect(refusal(answer)).toEqual(problem(409, 'run_in_progress'));
  });

  it('are given up when they do not', async () => {
    await scene.change('recon_runs', 'run_other', { alive_at: new Date(Date.now() - 16 * minute) });
    expect((await scene.reconcile()).finished_at).not.toBeNull();
    expect(await scene.collection('recon_runs').findOne({ _id: 'run_other' })).toMatchObject({ state: 'failed' });
  });

  it('that were given up notice it, and overwrite nothing', async () => {
    const runs = part(ReconRunsService);
    expect(await runs.renew('run_other')).toBe(false);
    await runs.end('run_other', 'sound', { accounts: 1, entries: 1, drift: [], alerts: [] });
    expect(await scene.collection('recon_runs').findOne({ _id: 'run_other' })).toMatchObject({ state: 'failed' });
  });

  it('say that they go on by the clock of the database', async () => {
    const { run_id: id } = await scene.reconcile();
    const run = (await scene.collection('recon_runs').findOne({ _id: id })) as unknown as { alive_at: Date; at: Date };
    expect([run.at, Date.now() - run.alive_at.getTime() < 10 * minute]).toEqual([accounting.clock.date(), true]);
  });

  it('begin by themselves: an incremental one every hour, a full one every day', async () => {
    const runs = part(ReconRunsService);
    const scopeAfter = async (minutes: number) => {
      accounting.clock.advance(minutes * minute);
      const before = await runs.last();
      await part(ReconciliationJob).reconcileWhenDue();
      await part(ReconciliationService).idle();
      const last = await runs.last();
      return last?._id === before?._id ? undefined : last?.scope;
    };
    expect([await scopeAfter(59), await scopeAfter(2), await scopeAfter(59)]).toEqual([
      undefined,
      'incremental',
      undefined,
    ]);
    expect([await scopeAfter(23 * 60), await scopeAfter(61)]).toEqual(['full', 'incremental']);
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

  it.each([
    ['another scope', { scope: 'some' }, 'validation_failed'],
    ['no object', [], 'validation_failed'],
    ['another field', { accounts: [] }, 'unknown_field'],
  ])('refuses %s', async (_name, body, code) => {
    expect(refusal(await accounting.http.post('/ledger/reconcile', body, scene.admin()))).toEqual(problem(400, code));
  });

  it('refuses a run that does not exist', async () => {
    expect(refusal(await accounting.http.get('/ledger/reconcile/run_x', scene.admin()))).toEqual(
      problem(404, 'run_not_found'),
    );
  });
});

// Last, because every full run from here on reads all of these entries.
describe('an account with more entries than are read at once', () => {
  /** @param count of entries beside the first one, each of which adds 1 to the 1,000 of that */
  async function createLongAccount(count: number) {
    const user = await accounting.createUser(1_000);
    const id = `user:${user.id}`;
    const [first] = await accounting.entries(user);
    const more = Array.from({ length: count }, (_, index) => ({
      ...{ ...first, _id: `alloc:${user.id}_${index}` as never, seq: index + 2, delta_ucr: 1n },
      balance_after_ucr: 1_001n + BigInt(index),
    }));
    await accounting.db.collection('credit_entries').insertMany(more);
    await scene.change('credit_accounts', id, { balance_ucr: 1_000n + BigInt(count), seq: count + 1 });
    return { user, id };
  }
  const about = (id: string, { drift }: { drift: { account_id: string; invariant: string }[] }) =>
    drift.filter((each) => each.account_id === id).map(({ invariant }) => invariant);

  it('is read to its end, and only its new entries the next time', async () => {
    const { user, id } = await createLongAccount(1_010);
    expect(about(id, await scene.reconcile())).toEqual([]);
    await scene.seal();
    expect(await scene.verify(id)).toMatchObject({ sound: true, entries: 1_011, sealed_seq: 1_011 });
    await accounting.allocate(user, 5);
    expect(about(id, await incremental())).toEqual([]);
    await scene.change('credit_entries', `alloc:${user.id}_700`, { balance_after_ucr: 1n });
    expect(await scene.invariantsBroken(id)).toEqual(expect.arrayContaining(['I7', 'I11']));
  });

  it('is read to its end as well when it says that it has few, and so are those that are read with it', async () => {
    const others = [await scene.createBusyAccount(), await scene.createBusyAccount()];
    const { id } = await createLongAccount(510);
    await scene.change('credit_accounts', id, { seq: 3 });
    await scene.change('credit_accounts', others[0]!.id, { open_holds: 9 });
    const run = await scene.reconcile();
    expect([about(id, run), about(others[0]!.id, run), about(others[1]!.id, run)]).toEqual([['I7'], ['I2'], []]);
    expect(run.accounts).toBe(await scene.collection('credit_accounts').countDocuments());
  });
});
