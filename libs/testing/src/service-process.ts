import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { HttpClient } from './http-client.js';

/** The directory of the product that was compiled for this run of the tests. */
export function productBuild(): string {
  const directory = process.env.PARLEY_TEST_BUILD;
  if (!directory) throw new Error('The product is not compiled: run the suites with `npm test`.');
  return directory;
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
  private readonly listeners = new Set<(line: string) => void>();
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
    createInterface({ input: child.stdout }).on('line', (line) => {
      for (const hear of this.listeners) hear(line);
    });
    const listening = this.says(/is listening|mongodb:\/\//).then(() => true);
    const ended = once(child, 'exit').then(() => false);
    if (!(await Promise.race([listening, ended]))) throw new Error(`${this.entry} ended at its start`);
  }

  /** Settles at the next line of its log that matches, whether it is running already or is started later. */
  says(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const hear = (line: string) => {
        if (!pattern.test(line)) return;
        this.listeners.delete(hear);
        resolve();
      };
      this.listeners.add(hear);
    });
  }

  /** Like a crash: no signal handler runs. */
  async kill(): Promise<void> {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}
