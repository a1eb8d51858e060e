import path from 'node:path';
import { closingEdges, edge } from './circles.js';
import { folderGraph, isSource, targetFolder, unitGraph, unitOf } from './folder-graph.js';

/**
 * Folders that import each other in a circle are one folder that nobody can read or test in parts. Every directory counts as a
 * folder of its own, a parent and its child as two, and a type counts as an import. Specs may import what they like.
 */
const schema = [{ type: 'object', properties: { exempt: { type: 'array', items: { type: 'string' } } } }];

/** All files are read once for a run; an editor that keeps the rule loaded sees what has changed since. */
const freshMs = 30_000;
const known = new Map();

function circlesIn(root, exempt) {
  const key = JSON.stringify([root, exempt]);
  const found = known.get(key);
  if (found && Date.now() - found.at < freshMs) return found.circles;
  const graph = folderGraph(root);
  const isExempt = (folder) => exempt.some((unit) => unitOf(folder) === unit);
  for (const [folder, targets] of graph) {
    if (isExempt(folder))
      graph.set(
        folder,
        [...targets].filter((target) => unitOf(target) !== unitOf(folder)),
      );
  }
  const circles = { folders: closingEdges(graph), units: closingEdges(unitGraph(graph)) };
  known.set(key, { at: Date.now(), circles });
  return circles;
}

/** @returns {string[] | undefined} the circle that an import in a file of the folder closes */
export function circleOf(root, exempt, folder, source) {
  const target = targetFolder(folder, source);
  if (target === undefined || target === folder) return undefined;
  const { folders, units } = circlesIn(root, exempt);
  return folders.get(edge(folder, target)) ?? units.get(edge(unitOf(folder), unitOf(target)));
}

export const importCircles = {
  meta: { type: 'problem', schema, messages: { circle: 'closes a circle of imports: {{ circle }}' } },
  create(context) {
    const { exempt = [] } = context.options[0] ?? {};
    const file = path.relative(context.cwd, context.filename).split(path.sep).join('/');
    if (!isSource(file)) return {};
    const check = (node) => {
      const source = node.source?.value ?? node.argument?.literal?.value;
      const circle = typeof source === 'string' && circleOf(context.cwd, exempt, path.posix.dirname(file), source);
      if (circle) context.report({ node, messageId: 'circle', data: { circle: circle.join(' → ') } });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};
