import { readdirSync } from 'node:fs';
import path from 'node:path';
import { isSource, unitOf } from './folder-graph.js';

/** More than this beside its tests is more than one screen of file names. */
const mostFiles = 20;

/** Reports a folder that has grown too large, at its first file. */
export const folderSize = {
  meta: {
    type: 'suggestion',
    schema: [{ type: 'object', properties: { exempt: { type: 'array', items: { type: 'string' } } } }],
    messages: {
      full: '{{ folder }} has {{ count }} source files beside its tests; more than {{ mostFiles }} hide a folder',
    },
  },
  create(context) {
    const { exempt = [] } = context.options[0] ?? {};
    const file = path.relative(context.cwd, context.filename).split(path.sep).join('/');
    const folder = path.posix.dirname(file);
    if (!isSource(file) || exempt.includes(unitOf(folder))) return {};
    const files = readdirSync(path.dirname(context.filename)).filter(isSource).sort();
    if (files.length <= mostFiles || files[0] !== path.basename(file)) return {};
    const data = { folder, count: files.length, mostFiles };
    return { Program: (node) => context.report({ node, messageId: 'full', data }) };
  },
};
