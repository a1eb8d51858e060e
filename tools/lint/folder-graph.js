import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const roots = ['apps', 'libs', 'tools', 'test'];
const ignored = new Set(['node_modules', 'dist']);
const importPattern = /\b(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;

/** Code that others can import; a spec is imported by nobody. */
export const isSource = (file) => /\.(?:ts|js|mjs)$/.test(file) && !/spec\.ts$|\.d\.ts$/.test(file);

/** @returns {Map<string, string[]>} the source files of every folder, as paths from the root */
export function sourcesByFolder(root) {
  const folders = new Map();
  const walk = (folder) => {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!ignored.has(entry.name)) walk(name);
      } else if (isSource(name)) folders.set(folder, [...(folders.get(folder) ?? []), name]);
    }
  };
  const present = readdirSync(root);
  for (const each of roots) if (present.includes(each)) walk(each);
  return folders;
}

/** @returns {string[]} what a text imports, types included */
export const importsOf = (text) => [...text.matchAll(importPattern)].map(([, from, bare]) => from ?? bare);

/** The folder that an import leads to; undefined where that is a package. */
export function targetFolder(fromFolder, source) {
  const [, lib] = /^@parley\/([^/]+)$/.exec(source) ?? [];
  if (lib) return `libs/${lib}/src`;
  return source.startsWith('.') ? path.posix.dirname(path.posix.join(fromFolder, source)) : undefined;
}

/** @returns {Map<string, Set<string>>} which folder imports from which others */
export function folderGraph(root) {
  const graph = new Map();
  for (const [folder, files] of sourcesByFolder(root)) {
    const targets = new Set();
    for (const file of files) {
      for (const source of importsOf(readFileSync(path.join(root, file), 'utf8'))) {
        const target = targetFolder(folder, source);
        if (target !== undefined && target !== folder) targets.add(target);
      }
    }
    graph.set(folder, targets);
  }
  return graph;
}

/** An app, a lib, a tool or a part of `test/`: the first two folders of a path. */
export const unitOf = (folder) => folder.split('/', 2).join('/');

/** The same graph between whole units. */
export function unitGraph(graph) {
  const units = new Map();
  for (const [folder, targets] of graph) {
    const unit = unitOf(folder);
    const others = [...targets].map(unitOf).filter((target) => target !== unit);
    units.set(unit, new Set([...(units.get(unit) ?? []), ...others]));
  }
  return units;
}
