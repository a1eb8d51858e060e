import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FreshServers } from './fresh-server.js';

/** `npm run db` as a process of its own. */
export class DatabaseCommand {
  /** What it has said so far, on either output. */
  output = '';
  /** With its exit code, once it has ended and everything that it said is here. */
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;
  private readonly said: Promise<string>;

  constructor(servers: FreshServers, args: readonly string[]) {
    const main = join(process.env.PARLEY_TEST_BUILD!, 'libs/embedded-mongo/src/main.js');
    const env = { ...process.env, NODE_OPTIONS: '' };
    const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.ended = once(child, 'close').then(([code]) => code as number | null);
    this.said = new Promise((resolve) => {
      for (const input of [child.stdout, child.stderr])
        createInterface({ input }).on('line', (line) => {
          this.output += `${line}\n`;
          const [uri] = /mongodb:\/\/\S+/.exec(line) ?? [];
          if (uri) resolve(uri);
        });
    });
    servers.later(() => this.kill());
  }

  /** Its address, once it listens. @throws with what it said when it ends before */
  async uri(): Promise<string> {
    const uri = await Promise.race([this.said, this.ended]);
    if (typeof uri !== 'string') throw new Error(this.output);
    return uri;
  }

  /** As `kill -9` does: nothing of it runs any more. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
