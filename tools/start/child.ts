import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program to run under Node. Its output is marked with its name. */
export interface ChildPlan {
  name: string;
  script: string;
  args?: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Sees each line first; what it takes is not shown. */
  takesLine?: (line: string) => boolean;
}

/** How a process ended: with a code or by a signal. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** One running program. */
export class Child {
  readonly name: string;
  readonly ended: Promise<Ended>;
  private readonly process: ChildProcess;
  private readonly watchers = new Set<(line: string) => void>();

  constructor({ name, script, args = [], env }: ChildPlan, onLine: (name: string, line: string) => void) {
    this.name = name;
    // In a process group of its own: Ctrl-C in a terminal reaches only the supervisor, which stops the programs in order.
    this.process = spawn(process.execPath, [script, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.ended = new Promise((resolve) => {
      this.process.once('close', (code, signal) => resolve({ code, signal }));
      this.process.once('error', () => resolve({ code: 1, signal: null }));
    });
    for (const input of [this.process.stdout!, this.process.stderr!]) {
      createInterface({ input }).on('line', (line) => {
        onLine(name, line);
        for (const watcher of this.watchers) watcher(line);
      });
    }
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** The first match of a pattern in the program's output from now on. @throws when it ends first */
  async printed(pattern: RegExp): Promise<string> {
    const found = new Promise<string>((resolve) => {
      this.watchers.add((line) => {
        const match = pattern.exec(line);
        if (match) resolve(match[0]);
      });
    });
    const match = await Promise.race([found, this.ended.then(() => undefined)]);
    this.watchers.clear();
    if (match === undefined) throw new Error(`${this.name} ended before it was ready`);
    return match;
  }

  /** Asks it to end, and kills it after the grace period. */
  async stop(signal: NodeJS.Signals, graceMs: number): Promise<Ended> {
    const deadline = setTimeout(() => this.process.kill('SIGKILL'), graceMs);
    this.process.kill(signal);
    const ended = await this.ended;
    clearTimeout(deadline);
    return ended;
  }
}

export const describeEnd = ({ code, signal }: Ended): string => (signal ? `by ${signal}` : `with code ${code}`);
