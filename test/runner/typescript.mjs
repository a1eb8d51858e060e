/** Module hooks: TypeScript through SWC, the aliases of the libs, and `@jest/globals` of the suite that runs. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';

const root = new URL('../../', import.meta.url);
const { exclude: _, ...swc } = JSON.parse(readFileSync(new URL('.swcrc', root), 'utf8'));
// Node resolves the aliases here; the build needs SWC to rewrite them.
const { paths, baseUrl: _baseUrl, ...jsc } = swc.jsc;
const aliases = new Map(Object.entries(paths).map(([name, [file]]) => [name, new URL(file, root).href]));

export function resolve(specifier, context, next) {
  const url = ours(specifier, context.parentURL);
  return url ? { url, format: 'module', shortCircuit: true } : next(specifier, context);
}

function ours(specifier, parent = '') {
  if (aliases.has(specifier)) return aliases.get(specifier);
  if (!/\.ts(\?|$)/.test(parent)) return undefined;
  if (specifier === '@jest/globals') return new URL(`globals.mjs${new URL(parent).search}`, import.meta.url).href;
  if (!/^\.{1,2}\/.*\.js$/.test(specifier)) return undefined;
  const source = new URL(specifier.replace(/js$/, 'ts'), parent);
  return existsSync(source) ? source.href : undefined;
}

export async function load(url, context, next) {
  if (!/\.ts(\?|$)/.test(url)) return next(url, context);
  const filename = fileURLToPath(url.replace(/\?.*/, ''));
  const options = { ...swc, jsc, module: { type: 'es6' }, filename, sourceMaps: 'inline', swcrc: false };
  const { code } = await transform(readFileSync(filename, 'utf8'), options);
  return { format: 'module', source: code, shortCircuit: true };
}
