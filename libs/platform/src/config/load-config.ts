import { isIP } from 'node:net';
import { z } from 'zod';

/** All faults of the environment at once. Values are never shown, because some are secrets. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The configuration is not usable:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a service's settings from the environment; an empty string counts as unset. */
export function loadConfig<Schema extends z.ZodType>(schema: Schema, environment: Environment): z.output<Schema> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);

/** Not everybody: a network of all addresses would let each caller say where they come from. */
function isNetwork(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...more] = text.split('/');
  const most = { 4: 32, 6: 128 }[isIP(address)];
  if (most === undefined || more.length > 0) return false;
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= most);
}

export const env = {
  port: (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback),
  url: (fallback?: string) => {
    const url = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ''));
    return fallback === undefined ? url : url.default(fallback);
  },
  flag: (fallback: boolean) =>
    z
      .enum(['true', 'false', '1', '0'])
      .transform((text) => text === 'true' || text === '1')
      .default(fallback),
  list: (fallback: readonly string[]) =>
    z
      .string()
      .transform(list)
      .default([...fallback]),
  /** Addresses, networks (`10.0.0.0/8`), and the names that Express and Fastify have for private ones. */
  networks: () =>
    z
      .string()
      .transform(list)
      .refine((all) => all.every(isNetwork), 'needs addresses or networks: 10.0.0.7, 10.0.0.0/8, loopback, uniquelocal')
      .default([]),
  /** A secret of at least 32 characters. */
  secret: () => z.string({ error: 'is required' }).min(32, 'needs at least 32 characters'),
};

/** What every service reads. Each service's `config.ts` adds its own. */
export const platformEnvironment = {
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  /** Listening address. */
  HOST: z.string().default('127.0.0.1'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** MongoDB connection string without a database name; a replica set, because the services use transactions. */
  MONGODB_URI: z.string({ error: 'is required (npm start sets it to the embedded database)' }).startsWith('mongodb'),
  /** First part of the three database names. */
  DATABASE_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,30}$/)
    .default('parley'),
  AUTH_URL: env.url('http://localhost:3000'),
  ACCOUNTING_URL: env.url('http://localhost:3001'),
  CHAT_URL: env.url('http://localhost:3002'),
  /** The address that people use; outside production only its host, this machine and those above are served. */
  PUBLIC_WEB_URL: env.url().optional(),
  /** Whoever sends it as a bearer token may read `/metrics`; unset: everybody, and in production nobody. */
  METRICS_TOKEN: env.secret().optional(),
  /** Serves `/docs` and `/openapi.json` in production too. */
  API_DOCS: env.flag(false),
  /** Exact origins, or `http://localhost:*` for any port of this machine. */
  CORS_ORIGINS: env.list(['http://localhost:*']),
  /** Addresses or networks whose X-Forwarded-For is believed. */
  TRUSTED_PROXIES: env.networks(),
};

/** The mark of a secret that was copied from a sample file. */
export const sampleSecret = /sample|example|change-?me|secret-?here|^(.)\1+$/i;
