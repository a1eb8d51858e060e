import path from 'node:path';

/**
 * Arrows point one way. An app imports its own files and libs; it never reaches into another app. A lib never imports an
 * app, and libs reach each other by alias only, so that each keeps one door (`src/index.ts`). What ships imports neither
 * tests nor what is made for them, and no part of the product imports the tools that start it.
 */
const layerOf = (file) => /^(apps|libs|tools|test|bench)(?:\/([^/]+))?/.exec(file)?.slice(1, 3) ?? [];
const isTest = (file) => /spec\.ts$|(?:^|\/)test\/|^bench\/|^libs\/testing\//.test(file);
const madeForTests = new Set(['@parley/testing', '@parley/embedded-mongo']);

export function complaint(from, source) {
  const [layer, unit] = layerOf(from);
  if (!layer) return undefined;
  if (madeForTests.has(source) && !isTest(from)) return `what ships may not import ${source}`;
  if (!source.startsWith('.')) return undefined;
  const to = path.posix.join(path.posix.dirname(from), source);
  if (isTest(to) && !isTest(from)) return 'what ships may not import tests';
  const [toLayer, toUnit] = layerOf(to);
  if (layer === toLayer && unit === toUnit) return undefined;
  if (toLayer === 'libs') return `import lib "${toUnit}" by its alias @parley/${toUnit}`;
  const isProduct = layer === 'apps' || layer === 'libs';
  if (isProduct && (toLayer === 'apps' || toLayer === 'tools'))
    return `${layer}/${unit} may not import ${toLayer}/${toUnit}`;
  return undefined;
}

export const importDirection = {
  meta: { type: 'problem', schema: [], messages: { direction: '{{ why }}' } },
  create(context) {
    const file = path.relative(context.cwd, context.filename).split(path.sep).join('/');
    const check = (node) => {
      const why = node.source && complaint(file, String(node.source.value));
      if (why) context.report({ node, messageId: 'direction', data: { why } });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};
