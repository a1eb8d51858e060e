/**
 * `npm run mutants:ledger`: breaks a copy of the ledger in seven ways, one after another, and runs its suites on each. All must
 * fail, and the copy that is not broken must pass.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { mutants } from './mutants.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const copied = ['apps', 'libs', 'test', 'tools', 'jest.config.js', 'package.json', 'tsconfig.json', '.swcrc'];
const suites = ['ledger-model', 'holds.e2e', 'settlements', 'hold-expiry', 'hold-closings', 'races', 'holds/hold.spec'];
const say = (text) => console.log(`mutants:ledger: ${text}`);

const copy = mkdtempSync(path.join(tmpdir(), 'parley-mutants-'));
for (const name of copied) cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));

/** One suite that fails is enough. @returns the names of those that failed until then */
function runSuites() {
  const jest = path.join(root, 'node_modules/jest/bin/jest.js');
  const patterns = suites.map((suite) => `apps/accounting/.*${suite}`);
  const run = spawnSync(process.execPath, ['--experimental-vm-modules', jest, '--bail', ...patterns], {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const failed = new Set(run.stderr.match(/^FAIL \S+/gm)?.map((line) => path.basename(line.slice('FAIL '.length))));
  // A run that broke down, or code that could not even be loaded, is no verdict about what the code does.
  if (!/^Tests: .*[1-9]\d* total/m.test(run.stderr))
    throw new Error(`the suites could not be run: ${run.stderr.slice(-2_000)}`);
  return [...failed];
}

/** Applies the patches. @returns what puts the files back */
function apply({ name, patches }) {
  const before = new Map();
  for (const [file, from, to] of patches) {
    const full = path.join(copy, file);
    const text = readFileSync(full, 'utf8');
    if (!before.has(full)) before.set(full, text);
    // More than one place would leave open which of them was broken.
    const places = text.split(from).length - 1;
    if (places !== 1) throw new Error(`the mutant "${name}" fits ${places} places of ${file} instead of one`);
    writeFileSync(full, text.replace(from, to));
  }
  return () => before.forEach((text, full) => writeFileSync(full, text));
}

try {
  const broken = runSuites();
  if (broken.length > 0) throw new Error(`the suites fail without any mutant: ${broken.join(', ')}`);
  say('the code as it is passes');
  let survived = 0;
  for (const mutant of mutants) {
    const restore = apply(mutant);
    const caughtBy = runSuites();
    restore();
    if (caughtBy.length === 0) survived += 1;
    say(
      `${caughtBy.length > 0 ? 'caught  ' : 'SURVIVED'} ${mutant.name}${caughtBy.length > 0 ? ` (${caughtBy.join(', ')})` : ''}`,
    );
  }
  say(`${mutants.length - survived} of ${mutants.length} mutants were caught`);
  process.exitCode = survived === 0 ? 0 : 1;
} catch (error) {
  say(error.message);
  process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
