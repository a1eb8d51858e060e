import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AccountingHarness } from './accounting-harness.js';
import { ledgerCommands } from './model/ledger-commands.js';
import { RealLedger } from './model/real-ledger.js';
import { ReferenceLedger } from './model/reference-ledger.js';

/** A failure prints its seed, its path and the shortest commands; LEDGER_SEED and LEDGER_RUNS make other and longer slices. */
const seed = Number(process.env.LEDGER_SEED ?? 20);
const numRuns = Number(process.env.LEDGER_RUNS ?? 12);
const limitMs = 60_000 + numRuns * 5_000;

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  await RealLedger.prepare(accounting);
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

describe('the ledger beside a reference in plain arithmetic', () => {
  const commands = fc.commands(ledgerCommands, { maxCommands: 100, size: 'max' });
  it(
    `agrees after every command (seed ${seed}, ${numRuns} runs)`,
    async () => {
      const agrees = fc.asyncProperty(commands, async (chosen) => {
        const real = new RealLedger(accounting);
        try {
          await fc.asyncModelRun(() => ({ model: new ReferenceLedger(), real }), chosen);
        } finally {
          await real.forget();
        }
      });
      await fc.assert(agrees, { seed, numRuns });
    },
    limitMs,
  );
});
