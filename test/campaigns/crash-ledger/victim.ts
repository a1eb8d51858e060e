import { HttpClient } from '@parley/testing';
import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { type Closing, WriteGate } from './write-gate.js';

/** What it takes to start accounting. */
export interface Installation {
  /** The directory with the compiled product. */
  product: string;
  mongo: { uri: string; prefix: string };
  authUrl: string;
}

/** The process ended before it answered. */
export class VictimLost extends Error {}

const patienceMs = 30_000;

async function raised(limit: AbortSignal): Promise<never> {
  await once(limit, 'abort');
  throw new Error('the operations never came to wait for their account');
}

type Message = { url: string } | { swept: number } | { queued: true };

/** Accounting in a process that may be killed at any write. */
export class Victim {
  /** How many operations have queued for their account since `watch`. */
  private queued = 0;
  private client: HttpClient | undefined;
  private readonly heard = new EventEmitter();

  private constructor(
    private readonly child: ChildProcess,
    readonly gate: WriteGate,
  ) {
    child.on('message', (message: Message) => {
      if ('queued' in message) this.queued += 1;
      this.heard.emit(Object.keys(message)[0]!, message);
    });
  }

  static async start({ product, mongo, authUrl }: Installation): Promise<Victim> {
    const gate = await WriteGate.open(mongo.uri);
    const child = fork('test/campaigns/crash-ledger/victim-main.mjs', [product], {
      env: {
        PATH: process.env.PATH,
        MONGODB_URI: gate.uri,
        DATABASE_PREFIX: mongo.prefix,
        AUTH_URL: authUrl,
        STARTING_BALANCE_UCR: '70',
        SERVICE_SECRET_ACCOUNTING: 'accounting-of-the-crash-matrix-which-is-long-enough',
      },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const victim = new Victim(child, gate);
    const { url } = await victim.hears<{ url: string }>('url');
    victim.client = new HttpClient(url);
    return victim;
  }

  get http(): HttpClient {
    return this.client!;
  }

  /** Starts counting, and lets the caller strike at the chosen write. */
  watch(closing?: Closing): void {
    this.queued = 0;
    this.gate.watch(closing);
  }

  /** Settles when this many operations have queued for their account. @throws VictimLost, or when that takes too long */
  async hasQueued(count: number): Promise<void> {
    const limit = AbortSignal.timeout(patienceMs);
    while (this.queued < count) await Promise.race([this.hears('queued'), raised(limit)]);
  }

  /** One round of the job that ends abandoned holds. @returns how many it has ended */
  sweep = (): Promise<number> => this.round('sweep');

  /** One round of the job that takes expired credits back. @returns at how many accounts it has looked */
  takeBackExpired = (): Promise<number> => this.round('takeBackExpired');

  /** One round of the job that gives refills. @returns how many it has given */
  refill = (): Promise<number> => this.round('refill');

  private async round(job: string): Promise<number> {
    this.child.send(job);
    return (await this.hears<{ swept: number }>('swept')).swept;
  }

  /** Like a crash: no signal handler runs. */
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

  /** The next message of a kind. @throws VictimLost when the process ends first */
  private hears<Heard = unknown>(kind: 'url' | 'swept' | 'queued'): Promise<Heard> {
    return new Promise((resolve, reject) => {
      const lost = () => reject(new VictimLost('accounting ended before it answered'));
      this.child.once('exit', lost);
      this.heard.once(kind, (message: Heard) => {
        this.child.off('exit', lost);
        resolve(message);
      });
    });
  }
}
