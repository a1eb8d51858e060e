const depth = (node) => node.split('/').length;
const byDepth = (a, b) => depth(a) - depth(b) || (a < b ? -1 : 1);

/**
 * Walks a graph from its roots down and finds the edges that lead back to where the walk came from. Without them there is no circle.
 *
 * @param {Map<string, Iterable<string>>} graph
 * @returns {Map<string, string[]>} each circle, from its first node back to it, by the edge that closes it (`from > to`)
 */
export function closingEdges(graph) {
  const circles = new Map();
  const done = new Set();
  const trail = [];
  const visit = (node) => {
    trail.push(node);
    for (const target of [...(graph.get(node) ?? [])].sort()) {
      const start = trail.indexOf(target);
      if (start !== -1) circles.set(edge(node, target), [...trail.slice(start), target]);
      else if (!done.has(target)) visit(target);
    }
    trail.pop();
    done.add(node);
  };
  for (const node of [...graph.keys()].sort(byDepth)) if (!done.has(node)) visit(node);
  return circles;
}

export const edge = (from, to) => `${from} > ${to}`;
