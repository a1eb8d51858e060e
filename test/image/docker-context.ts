import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** As Docker reads `.dockerignore`: the last line that fits a path, or a folder above it, decides. */
export class IgnoreFile {
  private readonly rules: { ignores: boolean; pattern: RegExp }[];

  constructor(text: string) {
    const lines = text.split('\n').map((line) => line.trim());
    this.rules = lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => ({ ignores: !line.startsWith('!'), pattern: patternOf(line.replace(/^!/, '')) }));
  }

  ignores(file: string): boolean {
    return this.rules.findLast(({ pattern }) => pattern.test(file))?.ignores ?? false;
  }
}

const wildcards: Record<string, string> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };

function patternOf(line: string): RegExp {
  const source = line.replace(/\*\*\/|\*\*|[*?.+^${}()|[\]\\]/g, (part) => wildcards[part] ?? `\\${part}`);
  return new RegExp(`^${source}(?:/.*)?$`);
}

/** All files that a build can copy, as paths from the root. */
export function contextFiles(root: string): string[] {
  const ignore = new IgnoreFile(readFileSync(path.join(root, '.dockerignore'), 'utf8'));
  const skipped = new Set(['node_modules', '.git']);
  return readdirSync(root)
    .filter((name) => !skipped.has(name))
    .flatMap((name) => filesUnder(root, name))
    .filter((file) => !ignore.ignores(file));
}

/** @returns the files of a folder as paths from the root, or the file itself */
export function filesUnder(root: string, name: string): string[] {
  try {
    const entries = readdirSync(path.join(root, name), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return files.map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return [name];
    throw error;
  }
}
