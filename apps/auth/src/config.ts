import {
  env,
  type Environment,
  type HttpSettings,
  loadConfig,
  platformEnvironment,
  productionRules,
  toHttpSettings,
} from '@parley/platform';
import { z } from 'zod';

const secrets = ['AUTH_KEK', 'SERVICE_SECRET_CHAT', 'SERVICE_SECRET_ACCOUNTING'] as const;

const variables = z.object({
  ...platformEnvironment,
  /** Listening port. */
  AUTH_PORT: env.port(3000),
  /** How many minutes an access token lives. */
  JWT_EXPIRE_MINUTES: z.coerce.number().int().min(1).max(1_440).default(15),
  /** The shortest password that may be chosen, in characters. */
  PASSWORD_MIN_LENGTH: z.coerce.number().int().min(8).max(64).default(12),
  /** The key-encryption key: private signing keys are stored encrypted under it, so losing it means new keys. */
  AUTH_KEK: env.secret(),
  /** The secret with which chat asks for service tokens. */
  SERVICE_SECRET_CHAT: env.secret(),
  /** The secret with which accounting asks for service tokens. */
  SERVICE_SECRET_ACCOUNTING: env.secret(),
  /** Inserts the demo users, whose passwords are published. */
  SEED_DEMO: env.flag(false),
});
/** What auth reads from its environment. */
export const authEnvironment = variables.check(...productionRules(secrets));

export interface AuthConfig {
  logLevel: string;
  http: HttpSettings;
  mongo: { uri: string; database: string };
  accessTokens: { lifeSeconds: number };
  passwords: { minLength: number };
  keys: { encryptionSecret: string };
  serviceSecrets: Readonly<Record<'chat' | 'accounting', string>>;
  seedDemo: boolean;
}

/** @throws ConfigError that names every fault */
export function readAuthConfig(environment: Environment): AuthConfig {
  const given = loadConfig(authEnvironment, environment);
  return {
    logLevel: given.LOG_LEVEL,
    http: toHttpSettings(given, given.AUTH_PORT),
    mongo: { uri: given.MONGODB_URI, database: `${given.DATABASE_PREFIX}_auth` },
    accessTokens: { lifeSeconds: given.JWT_EXPIRE_MINUTES * 60 },
    passwords: { minLength: given.PASSWORD_MIN_LENGTH },
    keys: { encryptionSecret: given.AUTH_KEK },
    serviceSecrets: { chat: given.SERVICE_SECRET_CHAT, accounting: given.SERVICE_SECRET_ACCOUNTING },
    seedDemo: given.SEED_DEMO,
  };
}
