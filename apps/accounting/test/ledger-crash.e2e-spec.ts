import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { compileProduct, testDatabases } from '@parley/testing';
import { batches } from '../../../tools/crash-ledger/batches.js';
import { runMatrix } from '../../../tools/crash-ledger/matrix.js';
import { operations } from '../../../tools/crash-ledger/operations.js';
import { Random } from '../../../tools/soak-db/random.js';
import { findFaults } from './sound-books.js';

const seed = Number(process.env.LEDGER_SEED ?? 3);
const random = new Random(seed);

/** A few cells of what `npm run crash:ledger` does everywhere. */
describe('accounting that is killed inside an operation', () => {
  const databases = testDatabases();
  let product: ReturnType<typeof compileProduct>;
  beforeAll(() => {
    product = compileProduct();
  });
  afterAll(async () => {
    await databases.drop();
    product.remove();
  });

  it(`leaves books that a repetition completes, whatever write it died at (seed ${seed})`, async () => {
    const rows = await runMatrix({
      installation: { product: product.directory, mongo: databases },
      operations: [random.pick(operations), random.pick(operations), random.pick(batches)],
      choose: (writes) => [random.below(writes + 1)],
      audit: findFaults,
    });
    const cells = rows.flatMap((row) => row.cells);
    expect(cells).toHaveLength(3);
    expect(cells.flatMap(({ faults }) => faults)).toEqual([]);
  });
});
