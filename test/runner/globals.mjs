/** `@jest/globals`: for a suite what it has been given, for modules that outlive it what the suite that runs now has. */
const given = () => globalThis[Symbol.for('parley.jest')];
const names = ['jest', 'expect', 'describe', 'it', 'test', 'beforeAll', 'beforeEach', 'afterAll', 'afterEach'];

const current = (name) =>
  new Proxy(function () {}, {
    apply: (_target, _self, args) => given()[name](...args),
    get: (_target, property) => given()[name][property],
  });

const ofSuite = import.meta.url.includes('?suite=')
  ? given()
  : Object.fromEntries(names.map((name) => [name, current(name)]));
export const { jest, expect, describe, it, test, beforeAll, beforeEach, afterAll, afterEach } = ofSuite;
