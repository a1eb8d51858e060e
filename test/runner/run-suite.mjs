import { createRequire, findSourceMap, register } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const hooks = require('node:async_hooks');
const { default: circus } = require('jest-circus/runner');

register('./typescript.mjs', import.meta.url);
process.setSourceMapsEnabled(true);
let suites = 0;

/** Jest's own way to run a suite (jest-circus), with modules that Node loads: once in a worker, and not in every suite. */
export default async function runSuite(globalConfig, config, environment, runtime, testPath, ...rest) {
  if (globalConfig.watch || globalConfig.watchAll)
    throw new Error('Modules stay loaded, so watching would test old code.');
  showSources(runtime.getSourceMaps());
  const native = {
    unstable_shouldLoadAsEsm: () => true,
    unstable_importModule: (file) => import(`${pathToFileURL(file).href}?suite=${(suites += 1)}`),
    requireInternalModule: fresh,
    setGlobalsForRuntime(globals) {
      runtime.setGlobalsForRuntime(globals);
      globalThis[Symbol.for('parley.jest')] = runtime.requireModuleOrMock(testPath, '@jest/globals');
    },
  };
  const through = new Proxy(runtime, {
    get(target, name) {
      if (name in native) return native[name];
      const value = target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return circus(globalConfig, config, environment, through, testPath, ...rest);
}

/** Jest's stack traces learn of what Node has loaded. */
function showSources(maps) {
  const known = maps.get.bind(maps);
  maps.get = (file) => {
    if (!maps.has(file)) maps.set(file, asUrl(findSourceMap(file)?.payload));
    return known(file);
  };
}

const asUrl = (map) => map && `data:application/json,${encodeURIComponent(JSON.stringify(map))}`;

let stores = [];
/**
 * Circus keeps the describe blocks of a suite, what hears of its events and its time limit in a module and in global names:
 * each suite begins with new ones. The stores that the module makes would go on costing time at every promise.
 */
function fresh(file) {
  for (const store of stores) store.disable();
  for (const name of ['EVENT_HANDLERS', 'TEST_TIMEOUT_SYMBOL']) delete globalThis[Symbol.for(name)];
  delete require.cache[file];
  const { AsyncLocalStorage } = hooks;
  stores = [];
  hooks.AsyncLocalStorage = class extends AsyncLocalStorage {
    constructor(...options) {
      super(...options);
      stores.push(this);
    }
  };
  const module = require(file);
  hooks.AsyncLocalStorage = AsyncLocalStorage;
  return module;
}
