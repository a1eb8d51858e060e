import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const START_LIMIT_MS = 60_000;

/**
 * Gives every suite a database: the one that MONGODB_TEST_URI names, or else an embedded one for this run alone, on a free port
 * and in an empty directory. Its address is in PARLEY_TEST_MONGODB_URI. PARLEY_TEST_BUILD is the product, compiled once for all
 * suites that start processes of their own.
 */
export default async function setUp() {
  const built = compile();
  process.env.PARLEY_TEST_BUILD = built;
  globalThis.parleyTestDatabase = { directories: [built] };
  if (process.env.MONGODB_TEST_URI) {
    process.env.PARLEY_TEST_MONGODB_URI = process.env.MONGODB_TEST_URI;
    return;
  }
  const data = mkdtempSync(join(tmpdir(), 'parley-test-'));
  const main = join(built, 'libs/embedded-mongo/src/main.js');
  const child = spawn(process.execPath, [main, '--port', '0', '--data', data, '--fail-points', '--until-stdin-ends'], {
    env: { ...process.env, NODE_ENV: 'test', NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  globalThis.parleyTestDatabase = { child, directories: [data, built] };
  process.env.PARLEY_TEST_MONGODB_URI = await listening(child);
}

/**
 * Compiles the product as `npm run build` does, into a directory of its own, so that two runs do not disturb each other. It is
 * inside node_modules, so that the product's imports are found from there.
 */
function compile() {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'parley-test-build-'));
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  const swc = join(root, 'node_modules/@swc/cli/bin/swc.js');
  const result = spawnSync(process.execPath, [swc, 'apps', 'libs', '--out-dir', directory, '--quiet'], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '' },
    encoding: 'utf8',
  });
  if (result.status !== 0) throw new Error(`the product could not be compiled: ${result.stderr}`);
  return directory;
}

/** Resolves with the address that the database prints when it is ready. */
function listening(child) {
  return new Promise((resolve, reject) => {
    let problems = '';
    const limit = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the embedded database did not start in time: ${problems}`));
    }, START_LIMIT_MS);
    child.stderr.on('data', (text) => (problems = `${problems}${text}`.slice(-4000)));
    child.once('exit', (code) => reject(new Error(`the embedded database ended with ${code}: ${problems}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const uri = /mongodb:\/\/\S+/.exec(line)?.[0];
      if (!uri) return;
      clearTimeout(limit);
      resolve(uri);
    });
  });
}
