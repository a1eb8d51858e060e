/**
 * `npm run test:mongo-spec`: MongoDB's specification tests against the embedded database, as published and once more with exact
 * number types. The tests are not part of this repository; MONGO_SPEC_DIR says where they are.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseProcess, withDirectory } from '../database/database-process.js';
import { judge, type Refusals, type TestResult } from './verdict.js';

const database = 'dist/libs/embedded-mongo/src/main.js';
const refusalsFile = 'libs/embedded-mongo/test/mongo-spec-refusals.json';
const specs = path.resolve(process.env.MONGO_SPEC_DIR ?? '../shared/mongo-spec');

const say = (line: string) => console.log(`test:mongo-spec: ${line}`);
const read = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));

/** Every test's result. @throws when the runner ended without any */
async function runTests(uri: string, report: string, options: string[]): Promise<TestResult[]> {
  const runner = spawn(process.execPath, [path.join(specs, 'run.mjs'), '--uri', uri, '--json', report, ...options], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '', npm_config_loglevel: 'silent' },
  });
  const [code] = (await once(runner, 'close')) as [number | null];
  if (code !== 0 && code !== 1) throw new Error(`the runner ended with ${code ?? 'a signal'}`);
  return ((await read(report)) as { tests: TestResult[] }).tests;
}

async function check(options: string[], refusals: Refusals): Promise<boolean> {
  const results = await withDirectory(async (directory) => {
    const server = await DatabaseProcess.start(database, path.join(directory, 'data'));
    return runTests(server.uri, path.join(directory, 'report.json'), options).finally(() => server.stop());
  });
  const { passed, refused, skipped, faults } = judge(results, refusals);
  for (const fault of faults) say(fault);
  const name = ['the tests', ...options].join(' ');
  say(`${name}: ${passed} passed, ${refused} failed, ${skipped} skipped; ${faults.length} not as ${refusalsFile} says`);
  return faults.length === 0 && passed > 0;
}

if (existsSync(path.join(specs, 'run.mjs'))) {
  const refusals = (await read(refusalsFile)) as Refusals;
  const plain = await check([], refusals);
  const exact = await check(['--exact-numbers'], refusals);
  process.exitCode = plain && exact ? 0 : 1;
} else {
  say(`not run: MongoDB's specification tests are not at ${specs}, and they are not part of this repository`);
}
