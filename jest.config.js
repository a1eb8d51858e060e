/**
 * Unit specs beside the code, e2e specs in apps/<app>/test, whole-system suites in test/. Node itself loads the modules, once in
 * a worker: test/runner/ is how.
 */
export default {
  testEnvironment: '<rootDir>/test/runner/environment.mjs',
  testRunner: '<rootDir>/test/runner/run-suite.mjs',
  transform: {},
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test', '<rootDir>/tools'],
  testMatch: ['**/*.spec.ts', '**/*.e2e-spec.ts', '**/*.race-spec.ts'],
  globalSetup: '<rootDir>/libs/testing/src/database/global-setup.mjs',
  globalTeardown: '<rootDir>/libs/testing/src/database/global-teardown.mjs',
  maxWorkers: 2,
  // Nothing of a suite is left open, but a busy machine takes its time to take a process apart.
  workerGracefulExitTimeout: 10_000,
  testTimeout: 30_000,
};
