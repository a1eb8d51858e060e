import { SystemClock } from '@parley/platform';
import { AuthStandIn } from '@parley/testing';
import { type Db, MongoClient } from 'mongodb';
import { model } from './scene.js';
import type { Victim } from './victim.js';

/** What all cells share: a direct connection to the database, and a signer of tokens. */
export class Stage {
  private constructor(
    readonly auth: AuthStandIn,
    private readonly client: MongoClient,
    readonly db: Db,
  ) {}

  static async open(mongo: { uri: string; prefix: string }): Promise<Stage> {
    const client = await new MongoClient(mongo.uri).connect();
    const db = client.db(`${mongo.prefix}_accounting`, { useBigInt64: true });
    return new Stage(await AuthStandIn.start(new SystemClock()), client, db);
  }

  readonly admin = (): string => this.auth.user('usr_admin', ['credits:*', 'prices:*']);

  /** Five per call and one per output token. */
  async price(victim: Victim): Promise<void> {
    const rates = { input_ucr_per_mtok: 0, output_ucr_per_mtok: 1_000_000, per_call_ucr: 5 };
    const { status } = await victim.http.put(`/prices/${model}`, rates, { token: this.admin() });
    if (status >= 300) throw new Error(`the price could not be set: ${status}`);
  }

  /** A dead process's transactions linger for a while; ending their sessions ends them at once. */
  async endSessions(victim: Victim): Promise<void> {
    if (victim.gate.sessions.length > 0) await this.client.db('admin').command({ endSessions: victim.gate.sessions });
  }

  async close(): Promise<void> {
    await this.auth.stop();
    await this.client.close();
  }
}
