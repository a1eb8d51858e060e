import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import config from '../../jest.config.js';

const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const rootDir = fileURLToPath(new URL('../..', import.meta.url));
const { testEnvironment, testRunner, transform } = config;

interface Result {
  title: string;
  status: string;
  failureMessages: string[];
}

/** Runs fixtures as `npm test` runs suites, one after another in one process. */
function run(...names: string[]): { tests: Result[]; code: number | null } {
  const testMatch = names.map((name) => `<rootDir>/test/runner/fixtures/${name}.suite.ts`);
  const ours = { rootDir, testEnvironment, testRunner, transform, testMatch };
  const { stdout, status } = spawnSync(process.execPath, [jest, '--json', '-i', '--config', JSON.stringify(ours)], {
    encoding: 'utf8',
  });
  const { testResults } = JSON.parse(stdout) as { testResults: { assertionResults: Result[] }[] };
  return { tests: testResults.flatMap(({ assertionResults }) => assertionResults), code: status };
}

describe('a suite whose modules Node has loaded', () => {
  it('is told what failed, and in which line', () => {
    const { tests, code } = run('broken');
    expect(code).toBe(1);
    expect(tests.map(({ title, status }) => [title, status])).toEqual([
      ['passes', 'passed'],
      ['fails', 'failed'],
      ['takes too long', 'failed'],
      ['throws 2', 'failed'],
    ]);
    const [, fails, tooLong, throws] = tests.map(({ failureMessages }) => failureMessages.join());
    expect(fails).toContain('broken.suite.ts:11:');
    expect(tooLong).toContain('Exceeded timeout of 50 ms');
    expect(throws).toContain('broken.suite.ts:15:');
  });

  it('leaves the clock, mocks and variables as they were, and the modules loaded', () => {
    const { tests, code } = run('untidy-one', 'untidy-two');
    expect(code).toBe(0);
    expect(tests.map(({ title }) => title)).toEqual(
      ['begins with nothing changed', 'shares modules: 1', 'begins with nothing changed', 'shares modules: 2'], // prettier-ignore
    );
  });
});
