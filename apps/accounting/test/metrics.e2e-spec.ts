import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { LedgerHealthJob } from '../src/ledger-health/ledger-health.job.js';
import { AccountingHarness, buildHold, flatPrice } from './accounting-harness.js';
import { commandsOf, monitoredDatabases } from './command-counter.js';

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start({}, monitoredDatabases());
  await accounting.price('flat', flatPrice(75));
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
