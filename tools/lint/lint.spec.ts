import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Linter, type Rule } from 'eslint';
import tseslint from 'typescript-eslint';
import { closingEdges } from './circles.js';
import { importsOf } from './folder-graph.js';
import { folderSize } from './folder-size.js';
import { importCircles } from './import-circles.js';
import { complaint } from './import-direction.js';

const made: string[] = [];
afterAll(() => made.forEach((root) => rmSync(root, { recursive: true })));

/** Lints all files of a tree that is made for it. @returns what is said, by file */
function lint(rule: unknown, files: Record<string, string>, exempt: string[] = []): Record<string, string[]> {
  const root = mkdtempSync(path.join(tmpdir(), 'parley-lint-'));
  made.push(root);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  const linter = new Linter({ cwd: root });
  const config: Linter.Config = {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    plugins: { parley: { rules: { rule: rule as Rule.RuleModule } } },
    rules: { 'parley/rule': ['error', { exempt }] },
  };
  const said: Record<string, string[]> = {};
  for (const [file, text] of Object.entries(files)) {
    const messages = linter.verify(text, config, path.join(root, file)).map(({ message }) => message);
    if (messages.length > 0) said[file] = messages;
  }
  return said;
}

describe('import-circles', () => {
  it('reports a circle of two folders once, at the import that closes it, also where it is only a type', () => {
    const files = {
      'apps/a/src/app.module.ts': "import './holds/holds.js'; import './ledger/ledger.js';",
      'apps/a/src/holds/holds.ts': "import { x } from '../ledger/ledger.js'; x();",
      'apps/a/src/ledger/ledger.ts': "import type { Hold } from '../holds/holds.js'; export const x = (h?: Hold) => h;",
    };
    expect(lint(importCircles, files)).toEqual({
      'apps/a/src/ledger/ledger.ts': [
        'closes a circle of imports: apps/a/src/holds → apps/a/src/ledger → apps/a/src/holds',
      ],
    });
  });

  it('takes the files directly in src, a folder and a folder within it for three', () => {
    const files = {
      'apps/a/src/app.module.ts': "import './models/models.js';",
      'apps/a/src/config.ts': 'export type Config = object;',
      'apps/a/src/models/models.ts': "import './eliza/eliza.js';",
      'apps/a/src/models/eliza/eliza.ts':
        "export type { Config } from '../../config.js'; export * from '../models.js';",
    };
    expect(lint(importCircles, files)['apps/a/src/models/eliza/eliza.ts']).toEqual([
      expect.stringMatching(/: apps\/a\/src → apps\/a\/src\/models → apps\/a\/src\/models\/eliza → apps\/a\/src$/),
      expect.stringMatching(/: apps\/a\/src\/models → apps\/a\/src\/models\/eliza → apps\/a\/src\/models$/),
    ]);
  });

  it('finds libs that need each other, although no folder of theirs does', () => {
    const files = {
      'libs/a/src/index.ts': '',
      'libs/a/src/x/x.ts': "import '@parley/b';",
      'libs/b/src/index.ts': '',
      'libs/b/src/y/y.ts': "type A = import('@parley/a').A; export type B = A;",
    };
    expect(Object.values(lint(importCircles, files))).toEqual([
      ['closes a circle of imports: libs/a → libs/b → libs/a'],
    ]);
  });

  it('lets specs import what they like, and leaves out what is exempt', () => {
    const circle = { 'libs/a/src/x/x.ts': "import '../y/y.js';", 'libs/a/src/y/y.ts': "import '../x/x.js';" };
    const spec = { 'libs/a/src/x/x.ts': "import '../y/y.js';", 'libs/a/src/y/y.spec.ts': "import '../x/x.js';" };
    expect(lint(importCircles, spec)).toEqual({});
    expect(lint(importCircles, circle, ['libs/a'])).toEqual({});
    expect(Object.keys(lint(importCircles, circle, ['libs/b']))).toEqual(['libs/a/src/y/y.ts']);
  });
});

describe('closingEdges', () => {
  const graph = (edges: Record<string, string[]>) => new Map(Object.entries(edges));

  it('finds nothing where several ways lead to the same place', () => {
    expect(closingEdges(graph({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] })).size).toBe(0);
  });

  it('finds every circle of several that share a node', () => {
    const found = closingEdges(graph({ a: ['b'], b: ['a', 'c'], c: ['b', 'd'], d: ['a'] }));
    expect(Object.fromEntries(found)).toEqual({
      'b > a': ['a', 'b', 'a'],
      'c > b': ['b', 'c', 'b'],
      'd > a': ['a', 'b', 'c', 'd', 'a'],
    });
  });
});

describe('importsOf', () => {
  it('sees every form of an import over several lines', () => {
    const text = [
      "import a from './a.js';",
      "import {\n  type B,\n  c,\n} from './b.js';",
      "export * from './c.js';",
      "import './d.js';",
      "const e = await import('./e.js');",
      "type F = import('./f.js').F;",
      "const words = 'what we import is from';",
    ].join('\n');
    expect(importsOf(text)).toEqual(['./a.js', './b.js', './c.js', './d.js', './e.js', './f.js']);
  });
});

describe('folder-size', () => {
  const folder = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`apps/a/src/x/${String(i).padStart(2, '0')}.ts`, '']));

  it('reports a folder of more than 20 files once, beside its tests', () => {
    expect(lint(folderSize, { ...folder(20), 'apps/a/src/x/a.spec.ts': '' })).toEqual({});
    expect(lint(folderSize, folder(21))).toEqual({
      'apps/a/src/x/00.ts': [expect.stringMatching(/^apps\/a\/src\/x has 21 source files/)],
    });
    expect(lint(folderSize, folder(21), ['apps/a'])).toEqual({});
  });
});

describe('import-direction', () => {
  it.each([
    ['apps/chat/src/main.ts', '../../auth/src/config.js', 'apps/chat may not import apps/auth'],
    ['apps/chat/src/main.ts', '../../../tools/start/child.js', 'apps/chat may not import tools/start'],
    ['libs/auth/src/index.ts', '../../../apps/auth/src/config.js', 'libs/auth may not import apps/auth'],
    ['libs/auth/src/index.ts', '../../platform/src/ids.js', 'import lib "platform" by its alias @parley/platform'],
    ['libs/platform/src/ids.ts', '@parley/testing', 'what ships may not import @parley/testing'],
    ['tools/start/start.ts', '@parley/embedded-mongo', 'what ships may not import @parley/embedded-mongo'],
    ['tools/start/start.ts', '../../test/campaigns/soak-db/random.js', 'what ships may not import tests'],
    ['apps/chat/src/main.ts', '../test/chat-harness.js', 'what ships may not import tests'],
  ])('%s may not import %s', (from, source, why) => {
    expect(complaint(from, source)).toBe(why);
  });

  it.each([
    ['apps/chat/src/main.ts', '@parley/platform'],
    ['apps/chat/src/a/a.spec.ts', '../../test/held-answer.js'],
    ['apps/chat/test/chat-harness.ts', '@parley/testing'],
    ['test/parley.ts', '../apps/chat/src/config.js'],
    ['test/campaigns/database/database-process.ts', '../../../tools/start/child.js'],
    ['libs/testing/src/test-clock.ts', '@parley/platform'],
  ])('%s may import %s', (from, source) => {
    expect(complaint(from, source)).toBeUndefined();
  });
});
