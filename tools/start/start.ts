import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from '@parley/platform';
import { openDataDir } from './data-dir.js';
import { DemoPasswords } from './demo-passwords.js';
import { serviceEnvironment } from './environment.js';
import { requireFreePorts } from './ports.js';
import { untilReady } from './readiness.js';
import { loadSecrets } from './secrets.js';
import { readSettings, type ServiceName, serviceNames, serviceUrl, type StartSettings } from './settings.js';
import type { Supervisor } from './supervisor.js';
import { welcome } from './welcome.js';

const readyWithinMs = 60_000;

/** Where the programs are: the root of the build. */
const buildRoot = fileURLToPath(new URL('../../', import.meta.url));
const builtScripts = {
  database: path.join(buildRoot, 'libs/embedded-mongo/src/main.js'),
  auth: path.join(buildRoot, 'apps/auth/src/main.js'),
  accounting: path.join(buildRoot, 'apps/accounting/src/main.js'),
  chat: path.join(buildRoot, 'apps/chat/src/main.js'),
};
export type Scripts = typeof builtScripts;

/** Starts the database and the three services, and returns when all of them are ready. */
export async function start(
  supervisor: Supervisor,
  environment: Environment,
  scripts: Scripts = builtScripts,
): Promise<void> {
  const settings = readSettings(environment);
  await requireFreePorts(settings);
  await openDataDir(settings.dataDir);
  const secrets = await loadSecrets(settings.dataDir);
  const mongoUri = settings.mongoUri ?? (await startDatabase(supervisor, environment, settings, scripts.database));
  const passwords = new DemoPasswords(settings.demo);
  const whenReady = (name: ServiceName) =>
    untilReady(name, `${serviceUrl(settings, name)}/health/ready`, readyWithinMs, supervisor.stopping);
  const plans = serviceNames.map((name) => {
    const env = serviceEnvironment(name, environment, settings, secrets, mongoUri);
    return { name, script: scripts[name], env, ...(name === 'auth' ? { takesLine: passwords.takesLine } : {}) };
  });
  // The others let nobody in before auth has told them which tokens are void.
  for (const isAuth of [true, false]) {
    const stage = plans.filter(({ name }) => (name === 'auth') === isAuth);
    supervisor.start(stage);
    await Promise.all(stage.map(({ name }) => whenReady(name)));
  }
  const database = settings.mongoUri
    ? 'the one of MONGODB_URI'
    : `${mongoUri} (embedded, files in ${settings.dataDir})`;
  supervisor.say(welcome(settings, database, passwords));
}

/** The embedded database prints its address when it is listening: at a socket in its directory, or at the port asked for. */
async function startDatabase(
  supervisor: Supervisor,
  environment: Environment,
  { dataDir, databasePort }: StartSettings,
  script: string,
): Promise<string> {
  const args = ['--data', path.join(dataDir, 'db')];
  if (databasePort !== undefined) args.push('--host', '127.0.0.1', '--port', String(databasePort));
  const [database] = supervisor.start([{ name: 'database', script, args, env: { ...environment } }]);
  return database!.printed(/mongodb:\/\/[^\s"]+/);
}
