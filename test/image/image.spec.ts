import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { IgnoreFile } from './docker-context.js';
import { Image } from './image.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const image = Image.build(root);
afterAll(() => image.remove());

const code = image.files.filter((file) => file.endsWith('.js'));
const importPattern =
  /^(?:(?:import|export)\b[^'"`;]*?\bfrom|import)\s*["']([^"']+)["']|\bimport\(["']([^"']+)["']\)/gm;
const imports = (file: string): string[] => [...image.read(file).matchAll(importPattern)].map(([, a, b]) => a ?? b!);
const packageOf = (source: string): string => source.split('/', source.startsWith('@') ? 2 : 1).join('/');
const packages = new Set(
  code
    .flatMap(imports)
    .filter((source) => !/^\.|^node:/.test(source))
    .map(packageOf),
);
const readJson = (file: string): unknown => JSON.parse(readFileSync(path.join(root, file), 'utf8'));

describe('the production image', () => {
  it('contains the three services and what starts them', () => {
    const mains = ['auth', 'accounting', 'chat'].map((name) => `dist/apps/${name}/src/main.js`);
    const scripts = ['docker/entrypoint.sh', 'docker/make-secrets.sh', 'docker/ready.mjs'];
    expect(image.files).toEqual(expect.arrayContaining(['package.json', ...mains, ...scripts]));
  });

  it('contains nothing but the services, the libs that they import, and its own scripts', () => {
    const folders = new Set(image.files.map((file) => file.split('/', file.startsWith('dist/') ? 3 : 1).join('/')));
    const apps = ['dist/apps/accounting', 'dist/apps/auth', 'dist/apps/chat'];
    const libs = ['dist/libs/auth', 'dist/libs/contracts', 'dist/libs/platform'];
    expect([...folders].sort()).toEqual([...apps, ...libs, 'docker', 'package.json']);
  });

  it('contains no tests, campaigns, benches or tools', () => {
    const unwanted = /(?:spec|harness|stand-in)\.[jt]s|(?:^|\/)(?:test|testing|campaigns|bench|tools|embedded-mongo)\//;
    expect(image.files.filter((file) => unwanted.test(file))).toEqual([]);
  });

  it('contains every file that its code imports', () => {
    const missing = code.flatMap((file) =>
      imports(file)
        .filter((source) => source.startsWith('.'))
        .map((source) => path.posix.join(path.posix.dirname(file), source))
        .filter((target) => !image.files.includes(target)),
    );
    expect(missing).toEqual([]);
  });

  it('keeps every package that its code imports when the others are pruned', () => {
    const lock = readJson('package-lock.json') as { packages: Record<string, { dev?: boolean }> };
    const isKept = (name: string) => {
      const installed = lock.packages[`node_modules/${name}`];
      return installed !== undefined && !installed.dev;
    };
    expect([...packages].filter((name) => !isKept(name))).toEqual([]);
    expect(['jest', 'lmdb', 'eventsource-parser'].filter(isKept)).toEqual([]);
  });

  it('installs nothing that only tools and tests use', () => {
    const { dependencies } = readJson('package.json') as { dependencies: Record<string, string> };
    // Nest imports these by itself and leaves it to us which version is installed.
    const ofNest = ['@fastify/static', 'fastify', 'rxjs'];
    expect(Object.keys(dependencies).filter((name) => !packages.has(name) && !ofNest.includes(name))).toEqual([]);
  });
});

describe('.dockerignore', () => {
  it.each([
    ['*\n!apps', 'apps/auth/src/main.ts', false],
    ['*\n!apps', 'applications/x.ts', true],
    ['*\n!apps\n**/test', 'apps/auth/test/harness.ts', true],
    ['*\n!apps\n**/test', 'apps/auth/src/test.ts', false],
    ['**/*spec.ts', 'apps/auth/test/x.e2e-spec.ts', true],
    ['**/*spec.ts\n!apps', 'apps/auth/src/x.spec.ts', false],
    ['libs/testing', 'libs/testing/src/index.ts', true],
    ['libs/testing', 'libs/testing-tools/src/index.ts', false],
    ['# apps', 'apps/x.ts', false],
  ])('%j says of %s: %s', (text, file, ignored) => {
    expect(new IgnoreFile(text).ignores(file)).toBe(ignored);
  });
});
