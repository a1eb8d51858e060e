import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { LedgerHealthJob } from '../src/ledger-health/ledger-health.job.js';
import { AccountingHarness, buildHold, flatPrice } from './accounting-harness.js';
import { commandsOf, monitoredDatabases } from './command-counter.js';

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start({}, monitoredDatabases());
  await accounting.price('flat', flatPrice(5, 1));
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

const scrape = async (): Promise<string> => (await accounting.http.get('/metrics')).body;
const measure = () => accounting.service.app.get(LedgerHealthJob, { strict: false }).measure();
const valuesOf = (text: string) =>
  Object.fromEntries(
    [...text.matchAll(/^(ledger_(?:overdue_holds|oldest_overdue_seconds|frozen_accounts|drift)) (.*)$/gm)].map(
      ([, name, value]) => [name, value],
    ),
  );

describe('[attack 122] GET /metrics', () => {
  it('asks the database nothing, however often it is sent', async () => {
    const commands = await commandsOf(accounting.service, async () => {
      for (let scrapes = 0; scrapes < 5; scrapes++) expect(await scrape()).toContain('ledger_drift');
    });
    expect(commands).toEqual([]);
  });

  it('says what was last measured, first at the start', async () => {
    const user = await accounting.createUser(500);
    const request = buildHold();
    await accounting.hold(user, request);
    await accounting.abandon(request.hold_id);
    expect(valuesOf(await scrape())).toMatchObject({ ledger_overdue_holds: '0', ledger_frozen_accounts: '0' });
    await measure();
    expect(valuesOf(await scrape())).toEqual({
      ledger_overdue_holds: '1',
      ledger_oldest_overdue_seconds: expect.stringMatching(/^\d{9}/),
      ledger_frozen_accounts: '0',
      ledger_drift: '0',
    });
    await accounting.sweep();
    await measure();
    expect(valuesOf(await scrape())).toMatchObject({ ledger_overdue_holds: '0', ledger_oldest_overdue_seconds: '0' });
  });

  it('says that it does not know when the last measurement has failed, and all the rest', async () => {
    const instance = await accounting.addInstance();
    await instance.app.get<Connection>(getConnectionToken(), { strict: false }).close();
    await expect(instance.app.get(LedgerHealthJob, { strict: false }).measure()).rejects.toThrow();
    const { body } = await instance.http.get('/metrics');
    expect(new Set(Object.values(valuesOf(body)))).toEqual(new Set(['Nan']));
    expect(body).toContain('http_request_duration_seconds');
  });
});

describe('what the installation loses', () => {
  const used = (output_tokens: number) => ({ usage: { input_tokens: 10, output_tokens, source: 'provider' } });
  const counted = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      [...(await scrape()).matchAll(/^ledger_(settlements|lost_ucr)_total\{kind="(\w+)"\} (\d+)$/gm)].map(
        ([, name, kind, value]) => [`${name} ${kind}`, Number(value)],
      ),
    );
  /** What `work` adds to the counters; they count from the start of the process. */
  const added = async (work: () => Promise<unknown>) => {
    const before = await counted();
    await work();
    const after = Object.entries(await counted());
    return Object.fromEntries(after.map(([name, value]) => [name, value - before[name]!]).filter(([, more]) => more));
  };
  const createHold = async (): Promise<string> =>
    (await accounting.hold(await accounting.createUser(100), buildHold({ max_output_tokens: 70 }))).body.hold_id;

  it('is nothing, and said to be nothing, before anything is settled', async () => {
    expect(await counted()).toEqual({
      ...{ 'settlements in_time': 0, 'settlements late': 0 },
      ...{ 'lost_ucr uncollected': 0, 'lost_ucr uncollected_late': 0, 'lost_ucr written_off': 0 },
    });
  });

  it.each<[string, object, Record<string, number>]>([
    ['nothing of a settlement that took all', used(70), {}],
    ['what a settlement could not take', used(120), { 'lost_ucr uncollected': 25 }],
    ['what a model has cost that failed', { ...used(30), outcome: 'failed' }, { 'lost_ucr written_off': 35 }],
  ])('is %s, counted once', async (_name, settlement, lost) => {
    const holdId = await createHold();
    const settle = () => accounting.settle(holdId, { ...settlement });
    expect(await added(settle)).toEqual({ 'settlements in_time': 1, ...lost });
    expect(await added(settle)).toEqual({});
  });

  it.each<[string, number, Record<string, number>]>([
    ['nothing of a late settlement that took all', 70, {}],
    ['what a late settlement could not take', 120, { 'lost_ucr uncollected_late': 25 }],
  ])('is %s, counted once', async (_name, tokens, lost) => {
    const holdId = await createHold();
    await accounting.abandon(holdId);
    await accounting.sweep();
    const settle = () => accounting.settle(holdId, used(tokens));
    expect(await added(settle)).toEqual({ 'settlements late': 1, ...lost });
    expect(await added(settle)).toEqual({});
  });

  it('counts neither releases nor refused settlements', async () => {
    const holdId = await createHold();
    const work = async () => {
      await accounting.release(holdId);
      await accounting.settle(holdId, used(70));
    };
    expect(await added(work)).toEqual({});
  });
});
