import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type EmbeddedMongo, startEmbeddedMongo } from '@parley/embedded-mongo';
import { type Document, MongoClient } from 'mongodb';

/** A database server of one suite's own, whose clock can be set and whose commands can be made to fail. */
export class OwnDatabase {
  readonly prefix = 'test_own';
  private now: number | undefined;

  private constructor(
    private readonly dataDir: string,
    private server: EmbeddedMongo | undefined,
    private readonly client: MongoClient,
  ) {}

  static async start(): Promise<OwnDatabase> {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'parley-own-'));
    const timers = {
      every: (milliseconds: number, action: () => void) => stopping(setInterval(action, milliseconds)),
      after: (milliseconds: number, action: () => void) => stopping(setTimeout(action, milliseconds)),
    };
    const clock = { now: (): number => own.now ?? Date.now(), ...timers };
    // The clock is asked only once the server runs.
    let own = { now: undefined } as unknown as OwnDatabase;
    const server = await startEmbeddedMongo({ dataDir, clock, failPoints: true });
    own = new OwnDatabase(dataDir, server, await new MongoClient(server.uri).connect());
    return own;
  }

  /** Says too that a client may look for the server again at once after its connection broke, instead of half a second later. */
  get uri(): string {
    return `${this.server!.uri}&minHeartbeatFrequencyMS=10`;
  }

  /** From here on it is this time on the server, until it is set again. */
  setTime(iso: string): void {
    this.now = Date.parse(iso);
  }

  /** The next commands of one name fail, or are done without their answer arriving. */
  async failNext(command: string, data: Document, mode: Document | string = { times: 1 }): Promise<void> {
    const failPoint = { configureFailPoint: 'failCommand', mode, data: { failCommands: [command], ...data } };
    await this.client.db('admin').command(failPoint);
  }

  async heal(): Promise<void> {
    await this.client.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' });
  }

  readonly drop = async (): Promise<void> => {
    await this.client.close();
    await this.server?.stop();
    this.server = undefined;
    rmSync(this.dataDir, { recursive: true, force: true });
  };
}

function stopping(timer: NodeJS.Timeout): () => void {
  timer.unref();
  return () => clearInterval(timer);
}
