/**
 * `npm run mutants:ledger [-- --only "words of a name"]`: breaks a copy of the ledger in one way after another and runs the
 * suites that have to notice, until one does. Every mutant must be caught, and the unbroken copy must pass.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mutants } from './mutants.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const copied = ['apps', 'libs', 'test', 'tools', 'jest.config.js', 'package.json', 'tsconfig.json', '.swcrc'];
/** What a mutant's own suites have missed, this one may catch. */
const lastResort = 'ledger-model';
const say = (text) => console.log(`mutants:ledger: ${text}`);

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const chosen = mutants.filter(({ name }) => name.includes(values.only));
if (chosen.length === 0) throw new Error(`--only takes words of: ${mutants.map(({ name }) => name).join(', ')}`);

const copy = mkdtempSync(path.join(tmpdir(), 'parley-mutants-'));
for (const name of copied) cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));

/** Stops at the first suite that fails. @returns the names of those that failed until then */
function runSuites(suites) {
  const jest = path.join(root, 'node_modules/jest/bin/jest.js');
  const patterns = suites.map((suite) => `apps/accounting/.*${suite}`);
  const run = spawnSync(process.execPath, [jest, '--bail', ...patterns], {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const failed = new Set(run.stderr.match(/^FAIL \S+/gm)?.map((line) => path.basename(line.slice('FAIL '.length))));
  // A run that broke down, or code that could not be loaded, says nothing about what the code does.
  if (!/^Tests: .*[1-9]\d* total/m.test(run.stderr))
    throw new Error(`the suites could not be run: ${run.stderr.slice(-2_000)}`);
  return [...failed];
}

/** A suite that fails on the unbroken code says nothing about a mutant. */
function mustPass(suites) {
  const broken = runSuites(suites);
  if (broken.length > 0) throw new Error(`the suites fail without any mutant: ${broken.join(', ')}`);
}

/** @returns the names of the suites that noticed */
function caughtBy({ suites }) {
  for (const suite of suites) {
    const failed = runSuites([suite]);
    if (failed.length > 0) return failed;
  }
  return [];
}

/** Breaks the copy, runs the mutant's own suites, then the last resort, and mends the copy. @returns the suites that noticed */
function tried(mutant) {
  const mend = apply(mutant);
  const names = caughtBy(mutant);
  mend();
  if (names.length > 0) return names;
  mustPass([lastResort]);
  const again = apply(mutant);
  const last = caughtBy({ suites: [lastResort] });
  again();
  return last;
}

/** Applies the patches. @returns what puts the files back */
function apply({ name, patches }) {
  const before = new Map();
  for (const [file, from, to] of patches) {
    const full = path.join(copy, file);
    const text = readFileSync(full, 'utf8');
    if (!before.has(full)) before.set(full, text);
    // With more than one place it would be unclear which of them was broken.
    const places = text.split(from).length - 1;
    if (places !== 1) throw new Error(`the mutant "${name}" fits ${places} places of ${file} instead of one`);
    writeFileSync(full, text.replace(from, to));
  }
  return () => before.forEach((text, full) => writeFileSync(full, text));
}

try {
  // Finds a patch that no longer fits before anything is run.
  for (const mutant of chosen) apply(mutant)();
  mustPass([...new Set(chosen.flatMap(({ suites }) => suites))]);
  say('the code as it is passes');
  let survived = 0;
  for (const mutant of chosen) {
    const names = tried(mutant);
    if (names.length === 0) survived += 1;
    say(names.length > 0 ? `caught   ${mutant.name} (${names.join(', ')})` : `SURVIVED ${mutant.name}`);
  }
  say(`${chosen.length - survived} of ${chosen.length} mutants were caught`);
  process.exitCode = survived === 0 ? 0 : 1;
} catch (error) {
  say(error.message);
  process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
