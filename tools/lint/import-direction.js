import path from 'node:path';

/**
 * Arrows point one way. An app imports its own files and libs; it never reaches into another app. A lib never imports an
 * app, and libs reach each other by alias only, so that each keeps one door (`src/index.ts`). Product code never imports
 * `@parley/testing`.
 */
const layerOf = (file) => /(?:^|\/)(apps|libs|tools|test|bench)(?:\/([^/]+))?/.exec(file)?.slice(1, 3) ?? [];

const complaint = (root, from, source) => {
  const [layer, unit] = layerOf(path.relative(root, from));
  if (!layer) return undefined;
  const isSpec = /spec\.ts$|\/test\//.test(from);
  if (source === '@parley/testing') {
    return layer === 'apps' && !isSpec ? 'product code may not import @parley/testing' : undefined;
  }
  if (!source.startsWith('.')) return undefined;
  const [toLayer, toUnit] = layerOf(path.relative(root, path.resolve(path.dirname(from), source)));
  if (layer === toLayer && unit === toUnit) return undefined;
  if (toLayer === 'libs') return `import lib "${toUnit}" by its alias @parley/${toUnit}`;
  if (toLayer === 'apps' && (layer === 'apps' || layer === 'libs'))
    return `${layer}/${unit} may not import apps/${toUnit}`;
  return undefined;
};

export const importDirection = {
  meta: { type: 'problem', schema: [], messages: { direction: '{{ why }}' } },
  create(context) {
    const check = (node) => {
      const why = node.source && complaint(context.cwd, context.filename, String(node.source.value));
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
