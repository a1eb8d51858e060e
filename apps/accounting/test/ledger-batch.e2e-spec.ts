import { getConnectionToken } from '@nestjs/mongoose';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection } from 'mongoose';
import { LedgerService, PostingRefused } from '../src/ledger/ledger.service.js';
import { LedgerTransactions } from '../src/ledger/ledger-transactions.js';
import { holdPosting } from '../src/ledger/posting.js';
import { AccountingHarness, buildHoldId } from './accounting-harness.js';

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

/** Posts twice to one account and lets something else happen to it before the batch is written. */
async function postTwice(accountId: string, change?: Record<string, unknown>): Promise<void> {
  const from = <Service>(token: unknown) => accounting.service.app.get<Service>(token as never, { strict: false });
  const ledger = from<LedgerService>(LedgerService);
  const accounts = from<Connection>(getConnectionToken()).collection<{ _id: string }>('credit_accounts');
  const post = () => holdPosting(buildHoldId(), accountId, 10n, { actor: 'svc:test' });
  await from<LedgerTransactions>(LedgerTransactions).run((session) =>
    ledger.postTogether(session, accountId, async () => {
      await ledger.post(session, post());
      await ledger.post(session, post());
      if (change) await accounts.updateOne({ _id: accountId }, change, { session });
    }),
  );
}

describe('postings that are written together', () => {
  it.each<[string, Record<string, unknown>]>([
    ['moved', { $inc: { seq: 1 } }],
    ['frozen', { $set: { status: 'frozen' } }],
  ])('are refused as a whole when the account was %s in the meantime', async (_name, change) => {
    const user = await accounting.createUser(100);
    const before = await accounting.counts();
    await expect(postTwice(`user:${user.id}`, change)).rejects.toThrow(PostingRefused);
    expect(await accounting.counts()).toEqual(before);
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 100, held_ucr: 0, available_ucr: 100 });
  });
});
