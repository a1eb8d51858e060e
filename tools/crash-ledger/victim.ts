import { HttpClient } from '@parley/testing';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { WriteGate } from './write-gate.js';

/** What it takes to start accounting. */
export interface Installation {
  /** The directory with the compiled product. */
  product: string;
  mongo: { uri: string; prefix: string };
  authUrl: string;
}

/** The process went away before it had answered. */
export class VictimLost extends Error {}

/** Accounting in a process that may be killed at any write. */
export class Victim {
  private constructor(
    private readonly child: ChildProcess,
    readonly gate: WriteGate,
    readonly http: HttpClient,
  ) {}

  static async start({ product, mongo, authUrl }: Installation): Promise<Victim> {
    const gate = await WriteGate.open(mongo.uri);
    const child = fork('tools/crash-ledger/victim-main.mjs', [product], {
      env: {
        PATH: process.env.PATH,
        MONGODB_URI: gate.uri,
        DATABASE_PREFIX: mongo.prefix,
        AUTH_URL: authUrl,
        SERVICE_SECRET_ACCOUNTING: 'accounting-of-the-crash-matrix-which-is-long-enough',
      },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const { url } = (await heard(child)) as { url: string };
    return new Victim(child, gate, new HttpClient(url));
  }

  /** One round of the job that ends abandoned holds. @returns how many it has ended */
  async sweep(): Promise<number> {
    this.child.send('sweep');
    return ((await heard(this.child)) as { swept: number }).swept;
  }

  /** As a crash would: no signal handler runs. */
  readonly kill = (): void => void this.child.kill('SIGKILL');

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null && !this.child.killed;
  }

  async end(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit');
      this.kill();
      await exited;
    }
    this.gate.close();
  }
}

/** The next message of a process. @throws VictimLost when it ends first */
function heard(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const lost = () => reject(new VictimLost('accounting ended before it answered'));
    child.once('exit', lost);
    child.once('message', (message) => {
      child.off('exit', lost);
      resolve(message);
    });
  });
}
