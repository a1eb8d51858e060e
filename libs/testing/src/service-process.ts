import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { HttpClient } from './http-client.js';

const root = process.cwd();

/** The product compiled as `npm run build` does, in a directory of its own. */
export function compileProduct(): { directory: string; remove(): void } {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'parley-test-build-'));
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  const swc = join(root, 'node_modules/@swc/cli/bin/swc.js');
  const { status, stderr } = spawnSync(process.execPath, [swc, 'apps', 'libs', '--out-dir', directory, '--quiet'], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '' },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the product could not be compiled: ${stderr}`);
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One service, or the embedded database, as a process of its own, which a test may kill and start again on the same port. */
export class ServiceProcess {
  private child: ChildProcess | undefined;
  readonly http: HttpClient;

  constructor(
    private readonly entry: string,
    readonly port: number,
    private readonly environment: Record<string, string>,
    private readonly options: readonly string[] = [],
  ) {
    this.http = new HttpClient(`http://127.0.0.1:${port}`);
  }

  /** Settles when the service says that it is listening. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [this.entry, ...this.options], {
      env: { PATH: process.env.PATH, ...this.environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child = child;
    const ended = once(child, 'exit').then(() => false);
    if (!(await Promise.race([isListening(child), ended]))) throw new Error(`${this.entry} ended at its start`);
  }

  /** As a crash would: no signal handler runs. */
  async kill(): Promise<void> {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

async function isListening(child: ChildProcess): Promise<boolean> {
  const lines = createInterface({ input: child.stdout! });
  await new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      if (line.includes('is listening') || line.includes('mongodb://')) resolve();
    });
  });
  return true;
}
