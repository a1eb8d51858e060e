import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Child } from '../../../tools/start/child.js';

const STOP_MS = 10_000;

/** The embedded database as a process of its own, on a free port. Whoever started it may kill it and start another one. */
export class DatabaseProcess {
  private constructor(
    private readonly child: Child,
    readonly uri: string,
    readonly pid: number,
  ) {}

  /** @throws with its output when it ends before it is listening */
  static async start(script: string, dataDirectory: string): Promise<DatabaseProcess> {
    const output: string[] = [];
    const args = ['--port', '0', '--data', dataDirectory, '--fail-points'];
    const env = { ...process.env, NODE_ENV: 'test', NODE_OPTIONS: '' };
    const child = new Child({ name: 'database', script, args, env }, (_, line) => output.push(line));
    try {
      const uri = await child.printed(/mongodb:\/\/\S+/);
      return new DatabaseProcess(child, uri, child.pid);
    } catch (error) {
      throw new Error([(error as Error).message, ...output].join('\n'), { cause: error });
    }
  }

  /** Like a crash: nothing in it runs any more. */
  async kill(): Promise<void> {
    await this.child.stop('SIGKILL', STOP_MS);
  }

  async stop(): Promise<void> {
    await this.child.stop('SIGTERM', STOP_MS);
  }
}

/** Runs something with an empty directory, which is removed afterwards. */
export async function withDirectory<T>(run: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(path.join(tmpdir(), 'parley-db-'));
  try {
    return await run(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
