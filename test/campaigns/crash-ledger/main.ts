/** `npm run crash:ledger -- [--only "hold,settle"]`: accounting is killed at every write of every operation. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DatabaseProcess, withDirectory } from '../database/database-process.js';
import { loadAudit } from './audit.js';
import { everyWrite, type Row, runMatrix } from './matrix.js';
import { batches } from './batches.js';
import { operations } from './operations.js';

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const names = values.only?.split(',');
const everything = [...operations, ...batches];
const chosen = everything.filter(({ name }) => names?.includes(name) ?? true);
if (chosen.length === 0) throw new Error(`--only takes some of: ${everything.map(({ name }) => name).join(', ')}`);

function print({ name, writes, cells }: Row): void {
  const marks = cells.map(({ faults }) => (faults.length > 0 ? 'F' : '.')).join('');
  console.log(`${name.padEnd(26)} ${marks.padEnd(12)} ${writes.join(', ')}`);
  for (const { write, faults } of cells)
    for (const fault of faults) console.log(`  killed after ${write} of ${writes.length}: ${fault}`);
}

console.log(
  'operation                  cells        killed before the first of these writes, and after each one before its answer',
);
const audit = await loadAudit();
const rows = await withDirectory(async (directory) => {
  const database = await DatabaseProcess.start('dist/libs/embedded-mongo/src/main.js', path.join(directory, 'data'));
  try {
    const mongo = { uri: database.uri, prefix: 'crash' };
    const installation = { product: 'dist', mongo };
    return await runMatrix({ installation, operations: chosen, choose: everyWrite, audit, onRow: print });
  } finally {
    await database.stop();
  }
});
const cells = rows.flatMap((row) => row.cells);
const failed = cells.filter(({ faults }) => faults.length > 0);
console.log(`${rows.length} operations and batches, ${cells.length} cells, ${failed.length} failed`);
process.exitCode = failed.length > 0 ? 1 : 0;
