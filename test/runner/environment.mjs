import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const { TestEnvironment } = createRequire(import.meta.url)('jest-environment-node');

/** V8 lets garbage lie for as long as there is room; what suites leave behind is a tenth of this. */
const MOST_HEAP_BYTES = 400_000_000;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** What jest, and a suite through jest, puts over things of the process. */
const replaced = [
  [globalThis, 'console'],
  [process, 'exit'],
];

/**
 * Suites run in the global scope of the worker itself, where modules that have been loaded stay loaded. Jest's mocks and fake
 * timers act on that scope, and what a suite put there is taken back after it.
 */
export default class WorkerEnvironment extends TestEnvironment {
  #before = replaced.map(([owner, name]) => [owner, name, owner[name]]);
  #variables = { ...process.env };

  constructor(config, context) {
    super(config, context);
    this.global = globalThis;
    this.moduleMocker = new this.moduleMocker.constructor(globalThis);
    this.fakeTimersModern = new this.fakeTimersModern.constructor({ config: config.projectConfig, global: globalThis });
  }

  async teardown() {
    this.moduleMocker.restoreAllMocks();
    await super.teardown();
    for (const [owner, name, value] of this.#before) owner[name] = value;
    for (const name of Object.keys(process.env)) if (!(name in this.#variables)) delete process.env[name];
    Object.assign(process.env, this.#variables);
    if (process.memoryUsage().heapUsed > MOST_HEAP_BYTES) collectGarbage();
  }
}
