import { afterAll, describe, expect, it } from '@jest/globals';
import { productBuild, testDatabases } from '@parley/testing';
import { batches } from '../../../tools/crash-ledger/batches.js';
import { runMatrix } from '../../../tools/crash-ledger/matrix.js';
import { operations } from '../../../tools/crash-ledger/operations.js';
import { Random } from '../../../tools/soak-db/random.js';
import { findFaults } from './sound-books.js';

/** The day: in a month each operation has had its turn. LEDGER_SEED takes the cells of another day. */
const seed = Number(process.env.LEDGER_SEED ?? Math.floor(Date.now() / 86_400_000));
const random = new Random(seed);
const turn = <Each>(of: readonly Each[]): Each => of[seed % of.length]!;

/** Two cells, of an operation and of a batch; `npm run crash:ledger` kills at every write of all of them. */
describe('accounting that is killed inside an operation', () => {
  const databases = testDatabases();

  afterAll(() => databases.drop());

  it(`leaves books that a repetition completes, whatever write it died at (seed ${seed})`, async () => {
    const rows = await runMatrix({
      installation: { product: productBuild(), mongo: databases },
      operations: [turn(operations), turn(batches)],
      choose: (writes) => [random.below(writes + 1)],
      audit: findFaults,
    });
    const cells = rows.flatMap((row) => row.cells);
    expect(cells).toHaveLength(2);
    expect(cells.flatMap(({ faults }) => faults)).toEqual([]);
  });
});
