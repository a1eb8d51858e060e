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
import type { RefreshLife } from './login-sessions/refresh-life.js';
import { type DemoMode, demoModes, whyDemoIsRefused } from './demo-users/demo-mode.js';

/** For high, medium and low security. */
const accessTokenLives = { high: 15, medium: 60, low: 480 } as const;
const daySeconds = 86_400;
const secrets = ['AUTH_KEK', 'SERVICE_SECRET_CHAT', 'SERVICE_SECRET_ACCOUNTING'] as const;

const variables = z.object({
  ...platformEnvironment,
  /** Listening port. */
  AUTH_PORT: env.port(3000),
  /** How many minutes an access token lives: 1 to 1440, or the word for a level of security. */
  JWT_EXPIRE_MINUTES: z.preprocess(
    (given) => accessTokenLives[given as keyof typeof accessTokenLives] ?? given,
    z.coerce.number().int().min(1).max(1_440).default(15),
  ),
  /** How many days a session lives without being renewed. */
  REFRESH_IDLE_DAYS: z.coerce.number().min(0.01).max(365).default(14),
  /** How many days a session lives at most; then everybody signs in again. */
  REFRESH_ABSOLUTE_DAYS: z.coerce.number().min(0.01).max(365).default(30),
  /** The shortest password that may be chosen, in characters. */
  PASSWORD_MIN_LENGTH: z.coerce.number().int().min(8).max(64).default(12),
  /** The key-encryption key: private signing keys are stored encrypted under it, so losing it means new keys. */
  AUTH_KEK: env.secret(),
  /** The secret with which chat asks for service tokens. */
  SERVICE_SECRET_CHAT: env.secret(),
  /** The secret with which accounting asks for service tokens. */
  SERVICE_SECRET_ACCOUNTING: env.secret(),
  /** Where docker-compose publishes the service, which listens on every address of its own network. */
  PUBLISHED_HOST: z.string().optional(),
});

/** Inserts the demo users: `true` with published passwords, `exposed` with random ones. */
const demo = {
  SEED_DEMO: z
    .enum(['true', 'false', '1', '0', 'exposed'])
    .default('false')
    .transform((value) => demoModes[value]!),
};

type Given = z.output<typeof variables> & { SEED_DEMO: DemoMode };

/** The fault of a demo, if it has one. Other variables may be missing or faulty when this is asked: all faults are told at once. */
function whyNoDemo(given: Given): string | undefined {
  if (given.SEED_DEMO !== 'published' && given.SEED_DEMO !== 'exposed') return undefined;
  if (given.NODE_ENV === 'production') return 'demo data is not for production';
  if (given.SEED_DEMO === 'exposed') return undefined;
  return whyDemoIsRefused({ host: given.HOST, publishedHost: given.PUBLISHED_HOST });
}

const demoRule = z.refine<Given>((given) => whyNoDemo(given) === undefined, {
  path: ['SEED_DEMO'],
  error: ({ input }) => whyNoDemo(input as Given),
  when: () => true,
});

/** What auth reads from its environment. Its demo has more than two states, so the platform's rule for it does not fit. */
export const authEnvironment = variables
  .check(...productionRules(secrets))
  .safeExtend(demo)
  .check(demoRule);

export interface AuthConfig {
  logLevel: string;
  http: HttpSettings;
  mongo: { uri: string; database: string };
  accessTokens: { lifeSeconds: number };
  refreshTokens: RefreshLife;
  /** The origins of our own pages; only they may use the refresh cookie. */
  webOrigins: readonly string[];
  passwords: { minLength: number };
  keys: { encryptionSecret: string };
  serviceSecrets: Readonly<Record<'chat' | 'accounting', string>>;
  demo: DemoMode;
}

const ownOrigins = ({ AUTH_URL, PUBLIC_WEB_URL }: Given): string[] =>
  [AUTH_URL, PUBLIC_WEB_URL].flatMap((url) => (url === undefined ? [] : new URL(url).origin));

/** @throws ConfigError that names every fault */
export function readAuthConfig(environment: Environment): AuthConfig {
  const given = loadConfig(authEnvironment, environment);
  return {
    logLevel: given.LOG_LEVEL,
    http: toHttpSettings(given, given.AUTH_PORT),
    mongo: { uri: given.MONGODB_URI, database: `${given.DATABASE_PREFIX}_auth` },
    accessTokens: { lifeSeconds: given.JWT_EXPIRE_MINUTES * 60 },
    refreshTokens: {
      idleSeconds: given.REFRESH_IDLE_DAYS * daySeconds,
      absoluteSeconds: given.REFRESH_ABSOLUTE_DAYS * daySeconds,
    },
    webOrigins: [...given.CORS_ORIGINS, ...ownOrigins(given)],
    passwords: { minLength: given.PASSWORD_MIN_LENGTH },
    keys: { encryptionSecret: given.AUTH_KEK },
    serviceSecrets: { chat: given.SERVICE_SECRET_CHAT, accounting: given.SERVICE_SECRET_ACCOUNTING },
    demo: given.SEED_DEMO,
  };
}
