import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { contextFiles, filesUnder } from './docker-context.js';
import { type Copy, readDockerfile, type Stage } from './dockerfile.js';

const workdir = '/app/';

/** What `docker build` would put under /app, without Docker; the installed packages are in package-lock.json. */
export class Image {
  private constructor(
    private readonly directory: string,
    readonly files: readonly string[],
  ) {}

  /** Copies what the build stage copies, runs its build there, and follows what the last stage takes over. */
  static build(root: string): Image {
    const stages = readDockerfile(readFileSync(path.join(root, 'Dockerfile'), 'utf8'));
    const [build, last] = [stages.find(({ name }) => name === 'build')!, stages.at(-1)!];
    const directory = mkdtempSync(path.join(tmpdir(), 'parley-image-'));
    const context = contextFiles(root);
    for (const file of build.copies.flatMap((copy) => copied(copy, context)))
      cpSync(path.join(root, file), path.join(directory, file), { recursive: true });
    symlinkSync(path.join(root, 'node_modules'), path.join(directory, 'node_modules'));
    runBuild(build, directory);
    const files = last.copies.flatMap((copy) => arrived(copy, copy.from ? builtFiles(copy, directory) : context));
    return new Image(directory, files.sort());
  }

  /** The text of a file that was built. */
  read(file: string): string {
    return readFileSync(path.join(this.directory, file), 'utf8');
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const isUnder = (file: string, source: string): boolean => file === source || file.startsWith(`${source}/`);

const copied = ({ sources }: Copy, files: readonly string[]): string[] =>
  files.filter((file) => sources.some((source) => isUnder(file, source)));

/** A folder's content goes to the destination itself; files go into it where it ends in a slash. */
function arrived({ sources, destination }: Copy, files: readonly string[]): string[] {
  const base = path.posix.normalize(destination).replace(/\/$/, '');
  return sources
    .map((source) => source.replace(workdir, ''))
    .flatMap((source) => files.filter((file) => isUnder(file, source)).map((file) => [source, file] as const))
    .map(([source, file]) => path.posix.join(base, file === source ? path.basename(file) : file.slice(source.length)));
}

function runBuild({ commands }: Stage, directory: string): void {
  const [build] = commands.flatMap((command) => /\bnpm run [\w:-]+/.exec(command) ?? []);
  if (!build) throw new Error('the build stage runs no npm script');
  const env = { ...process.env, NODE_OPTIONS: '' };
  const run = spawnSync('npm', [...build.split(' ').slice(1)], { cwd: directory, env, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${build} failed: ${run.stdout}${run.stderr}`);
}

/** Installed packages are no files of ours. */
function builtFiles({ sources }: Copy, directory: string): string[] {
  const names = sources.map((source) => source.replace(workdir, '')).filter((name) => name !== 'node_modules');
  return names.flatMap((name) => {
    if (!existsSync(path.join(directory, name))) throw new Error(`the build makes no ${name}`);
    return filesUnder(directory, name);
  });
}
