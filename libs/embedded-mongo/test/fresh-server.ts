import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { startEmbeddedMongo, type EmbeddedMongo, type EmbeddedMongoOptions } from '../src/index.js';

/** Servers of one test, on directories of their own; `cleanUp` after each test. */
export class FreshServers {
  private readonly cleanUps: (() => Promise<unknown> | void)[] = [];

  directory(): string {
    const path = mkdtempSync(join(tmpdir(), 'embedded-mongo-'));
    this.later(() => rmSync(path, { recursive: true, force: true }));
    return path;
  }

  async start(options: Partial<EmbeddedMongoOptions> = {}): Promise<{ server: EmbeddedMongo; client: MongoClient }> {
    const server = await startEmbeddedMongo({ dataDir: this.directory(), ...options });
    this.later(() => server.stop());
    const client = await MongoClient.connect(server.uri);
    this.later(() => client.close());
    return { server, client };
  }

  /** Done before what was asked for earlier is done. */
  later(cleanUp: () => Promise<unknown> | void): void {
    this.cleanUps.push(cleanUp);
  }

  async cleanUp(): Promise<void> {
    for (const cleanUp of this.cleanUps.splice(0).reverse()) await cleanUp();
  }
}
