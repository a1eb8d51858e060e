import type { Environment } from '@parley/platform';
import { type Secrets, secretNames } from './secrets.js';
import { portVariable, type ServiceName, serviceNames, serviceUrl, type StartSettings } from './settings.js';

/** Each service gets the secrets that it uses and no others. */
const secretsOf: Record<ServiceName, ReadonlyArray<keyof Secrets>> = {
  auth: ['AUTH_KEK', 'SERVICE_SECRET_CHAT', 'SERVICE_SECRET_ACCOUNTING'],
  accounting: ['SERVICE_SECRET_ACCOUNTING'],
  chat: ['SERVICE_SECRET_CHAT'],
};

/**
 * The environment of one service: the caller's, completed with defaults. A given value always wins; an empty one counts as
 * not given, as it does in the services.
 */
export function serviceEnvironment(
  name: ServiceName,
  given: Environment,
  settings: StartSettings,
  secrets: Secrets,
  mongoUri: string,
): NodeJS.ProcessEnv {
  const defaults: Record<string, string> = {
    NODE_ENV: 'development',
    HOST: settings.host,
    SEED_DEMO: 'true',
    MONGODB_URI: mongoUri,
    DATA_DIR: settings.dataDir,
  };
  for (const service of serviceNames) {
    defaults[portVariable(service)] = String(settings.ports[service]);
    defaults[`${service.toUpperCase()}_URL`] = serviceUrl(settings, service);
  }
  const environment: NodeJS.ProcessEnv = { ...defaults, ...withoutEmpty(given) };
  // Which kind of demo it is concerns only auth.
  if (name !== 'auth') environment.SEED_DEMO = String(settings.demo !== 'off');
  for (const secret of secretNames) {
    if (secretsOf[name].includes(secret)) environment[secret] ??= secrets[secret];
    else delete environment[secret];
  }
  return environment;
}

const withoutEmpty = (given: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
