#!/usr/bin/env node
/**
 * Which test proves each line of the checklists: `npm run coverage [auth|attack] [--missing]`. A test names in its title what it
 * shows (`[attack 37]`, `[auth D1]`); a line that something better replaces, that is shown by hand, or that is still to come, stands in docs/coverage.md.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rowsOf, proofsIn } from './rows.mjs';

const root = new URL('../../', import.meta.url);
const read = (file) => readFileSync(new URL(file, root), 'utf8');
const options = process.argv.slice(2);
const missingOnly = options.includes('--missing');
const wanted = options.find((option) => !option.startsWith('-'));

const lists = { auth: rowsOf(read('docs/auth-checklist.md')), attack: rowsOf(read('docs/attacks.md')) };
const files = execFileSync('git', ['ls-files', '*spec.ts'], { encoding: 'utf8', cwd: root }).split('\n').filter(Boolean);
const proofs = [...files, 'docs/coverage.md'].flatMap((file) => proofsIn(read(file), file));

for (const [kind, rows] of Object.entries(lists)) {
  if (wanted !== undefined && wanted !== kind) continue;
  const provedBy = (id) => proofs.filter((proof) => proof.kind === kind && proof.id === id);
  const isProved = ({ id }) => provedBy(id).some(({ isToCome }) => !isToCome);
  const proved = rows.filter(isProved);
  process.stdout.write(`${kind}: ${proved.length} of ${rows.length} lines are proved\n`);
  for (const { id, text } of rows) {
    const found = provedBy(id);
    if (missingOnly && isProved({ id })) continue;
    process.stdout.write(`  [${kind} ${id}] ${text.slice(0, 100)}\n`);
    for (const { file, title } of found) process.stdout.write(`      ${file}: ${title}\n`);
    if (found.length === 0) process.stdout.write('      nothing yet\n');
  }
  const unknown = proofs.filter((proof) => proof.kind === kind && !rows.some(({ id }) => id === proof.id));
  for (const { id, file } of unknown) {
    process.stdout.write(`  there is no [${kind} ${id}], which ${file} names\n`);
    process.exitCode = 1;
  }
}
