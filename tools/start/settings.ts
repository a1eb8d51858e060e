import type { Environment } from '@parley/platform';
import { type DemoMode, demoModes, whyDemoIsRefused } from '../../apps/auth/src/demo-users/demo-mode.js';

export const serviceNames = ['auth', 'accounting', 'chat'] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface StartSettings {
  host: string;
  ports: Record<ServiceName, number>;
  dataDir: string;
  demo: DemoMode;
  /** An existing database; if unset, the embedded one is started. */
  mongoUri: string | undefined;
  /** Where the embedded database listens on loopback, for every user of this machine; if unset, at a socket for this one. */
  databasePort: number | undefined;
}

const portSettings = {
  auth: { variable: 'AUTH_PORT', fallback: 3000 },
  accounting: { variable: 'ACCOUNTING_PORT', fallback: 3001 },
  chat: { variable: 'CHAT_PORT', fallback: 3002 },
} as const;

/** A start that cannot continue; the message is all that anyone needs to know. */
export class StartRefused extends Error {}

/** What `npm start` itself reads from the environment; the services check the rest. */
export function readSettings(environment: Environment): StartSettings {
  if (environment.NODE_ENV === 'production') {
    throw new StartRefused(
      'this is for development: its secrets and its database live in one folder of this machine.\n' +
        'For production use docker-compose with a .env made from .env.example (README.md, "With docker-compose").',
    );
  }
  const host = environment.HOST || '127.0.0.1';
  return {
    host,
    ports: {
      auth: readPort(environment, 'auth'),
      accounting: readPort(environment, 'accounting'),
      chat: readPort(environment, 'chat'),
    },
    dataDir: environment.DATA_DIR || '.data',
    demo: readDemo(environment, host),
    mongoUri: environment.MONGODB_URI || undefined,
    databasePort: environment.DATABASE_PORT ? toPort('DATABASE_PORT', environment.DATABASE_PORT) : undefined,
  };
}

/** Auth would refuse it as well, but only after the database has been started. */
function readDemo({ SEED_DEMO }: Environment, host: string): DemoMode {
  const demo = demoModes[SEED_DEMO || 'true'];
  if (!demo) throw new StartRefused('SEED_DEMO must be true, false or exposed.');
  const why = whyDemoIsRefused({ host, publishedHost: undefined });
  if (demo === 'published' && why) throw new StartRefused(`SEED_DEMO: ${why}, SEED_DEMO=false starts without a demo.`);
  return demo;
}

/** The variable that sets a service's port. */
export const portVariable = (name: ServiceName): string => portSettings[name].variable;

/** Where a program on this machine reaches a service. */
export function serviceUrl({ host, ports }: StartSettings, name: ServiceName): string {
  const everyAddress = host === '0.0.0.0' || host === '::';
  const reachable = everyAddress ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${reachable}:${ports[name]}`;
}

function readPort(environment: Environment, name: ServiceName): number {
  const { variable, fallback } = portSettings[name];
  return toPort(variable, environment[variable] || fallback);
}

function toPort(variable: string, given: string | number): number {
  const port = Number(given);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new StartRefused(`${variable} must be a port between 1 and 65535.`);
}
