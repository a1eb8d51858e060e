/** Unit specs beside the code, e2e specs in apps/<app>/test, whole-system suites in test/. ESM, transformed by SWC. */
import { readFileSync } from 'node:fs';

const { exclude: _, ...swc } = JSON.parse(readFileSync(new URL('.swcrc', import.meta.url), 'utf8'));
// Jest resolves the aliases itself (moduleNameMapper below); the build needs SWC to rewrite them.
const { paths: _paths, baseUrl: _baseUrl, ...jsc } = swc.jsc;

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test', '<rootDir>/tools'],
  testMatch: ['**/*.spec.ts', '**/*.e2e-spec.ts', '**/*.race-spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, jsc, module: { type: 'es6' }, swcrc: false }] },
  moduleNameMapper: {
    '^@parley/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  globalSetup: '<rootDir>/libs/testing/src/database/global-setup.mjs',
  globalTeardown: '<rootDir>/libs/testing/src/database/global-teardown.mjs',
  maxWorkers: 2,
  // Modules in the ESM registry of a suite are never given back, so a worker that has grown is replaced.
  workerIdleMemoryLimit: '600MB',
  testTimeout: 30_000,
};
