import { freePort, type HttpClient, productBuild, ScriptedModel, ServiceProcess, testDatabases } from '@parley/testing';
import { MongoClient } from 'mongodb';
import { DatabaseGuard } from './database-guard.js';

export const names = ['auth', 'accounting', 'chat'] as const;
export type Name = (typeof names)[number];

export const modelName = 'scripted-1';
const secret = (name: string) => `${name}-of-this-test-run-which-is-long-enough`;

/** The three services as processes, each with a database user of its own. */
export class GuardedParley {
  private constructor(
    private readonly databases: ReturnType<typeof testDatabases>,
    readonly model: ScriptedModel,
    readonly guards: Record<Name, DatabaseGuard>,
    private readonly services: Record<Name, ServiceProcess>,
  ) {}

  static async start(): Promise<GuardedParley> {
    const databases = testDatabases();
    const model = await ScriptedModel.start();
    const ports = { auth: await freePort(), accounting: await freePort(), chat: await freePort() };
    const common = {
      DATABASE_PREFIX: databases.prefix,
      SEED_DEMO: 'true',
      AUTH_KEK: secret('the-key-encryption-key'),
      SERVICE_SECRET_CHAT: secret('the-secret-of-chat'),
      SERVICE_SECRET_ACCOUNTING: secret('the-secret-of-accounting'),
      OPENAI_BASE_URL: model.url,
      OPENAI_MODELS: modelName,
      ...Object.fromEntries(
        names.flatMap((name) => [
          [`${name.toUpperCase()}_PORT`, String(ports[name])],
          [`${name.toUpperCase()}_URL`, `http://127.0.0.1:${ports[name]}`],
        ]),
      ),
    };
    const guards = {} as Record<Name, DatabaseGuard>;
    const services = {} as Record<Name, ServiceProcess>;
    for (const name of names) {
      guards[name] = await DatabaseGuard.start(databases.uri, `${databases.prefix}_${name}`);
      const environment = { ...common, MONGODB_URI: guards[name].uri };
      services[name] = new ServiceProcess(`${productBuild()}/apps/${name}/src/main.js`, ports[name], environment);
    }
    const parley = new GuardedParley(databases, model, guards, services);
    await parley.startServices(names).catch(async (error: unknown) => {
      await parley.stop();
      throw error;
    });
    return parley;
  }

  http(name: Name): HttpClient {
    return this.services[name].http;
  }

  /** Leaves the accounts without their validator, as a version with other rules would have left them. */
  async changeValidator(): Promise<void> {
    const client = await MongoClient.connect(this.databases.uri);
    await client.db(`${this.databases.prefix}_accounting`).command({ collMod: 'credit_accounts', validator: {} });
    await client.close();
  }

  /** Starts some of them once more, on the data that is there. */
  async restart(some: readonly Name[] = names): Promise<void> {
    await this.kill(some);
    await this.startServices(some);
  }

  async stop(): Promise<void> {
    await this.kill(names);
    await Promise.all(names.map((name) => this.guards[name].stop()));
    await Promise.all([this.model.stop(), this.databases.drop()]);
  }

  private async startServices(some: readonly Name[]): Promise<void> {
    // The others let nobody in before auth has told them which tokens are void.
    if (some.includes('auth')) await this.services.auth.start();
    await Promise.all(some.filter((name) => name !== 'auth').map((name) => this.services[name].start()));
  }

  private async kill(some: readonly Name[]): Promise<void> {
    await Promise.all(some.map((name) => this.services[name].kill()));
  }
}
