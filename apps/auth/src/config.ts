import {
  ConfigError,
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
import { type ProvidersConfig, readProviders } from './identity-providers/provider-settings.js';
import type { RelyingParty } from './passkeys/relying-party.js';
import { mailEnvironment, mailRules, toMailSettings } from './mail/mail-config.js';
import type { MailSettings } from './mail/mail.module.js';
import type { SignupMode } from './signup/signup.service.js';
import { type DemoMode, demoModes, whyDemoIsRefused } from './demo-users/demo-mode.js';
import type { ErrandTargets } from './errands/errand-kinds.js';
import type { VisitorSettings } from './visitors/visitors.settings.js';

/** For high, medium and low security. */
const accessTokenLives = { high: 15, medium: 60, low: 480 } as const;
/** No second slash and no backslash in front, which browsers take for another host. */
const isPlainPath = (path: string): boolean => /^\/(?:[A-Za-z0-9_-][A-Za-z0-9_./-]*)?$/.test(path);

const daySeconds = 86_400;
const secrets = ['AUTH_KEK', 'SERVICE_SECRET_CHAT', 'SERVICE_SECRET_ACCOUNTING'] as const;

const variables = z.object({
  ...platformEnvironment,
  ...mailEnvironment,
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
  /** Whether platform administrators need a second factor; unset: in production. */
  REQUIRE_MFA_FOR_ADMINS: env.flag(false).optional(),
  /** Origins of further pages that may ask for passkeys, besides that of PUBLIC_WEB_URL; their hosts end in its host. */
  PASSKEY_ORIGINS: env.list([]),
  /** Who may make an account: everybody, who was invited, or nobody. */
  SIGNUP: z.enum(['open', 'invited', 'closed']).default('open'),
  /** The identity providers that people may sign in with, as a JSON list; or OIDC_PROVIDERS_FILE, a file with one. */
  OIDC_PROVIDERS: z.string().optional(),
  OIDC_PROVIDERS_FILE: z.string().optional(),
  /** Where browsers reach auth, for the way back from providers; unset: `/api` of PUBLIC_WEB_URL, or AUTH_URL without one. */
  AUTH_PUBLIC_URL: env.url().optional(),
  /** The paths of PUBLIC_WEB_URL that a sign-in by a provider may lead to; the first unless it says otherwise. */
  SIGN_IN_RETURN_PATHS: env
    .list(['/'])
    .refine((paths) => paths.length > 0 && paths.every(isPlainPath), 'holds paths such as /settings'),
  /** For how many days the audit log is kept. */
  AUDIT_RETENTION_DAYS: z.coerce.number().int().min(1).max(36_500).default(365),
  /** The key-encryption key: private signing keys are stored encrypted under it, so losing it means new keys. */
  AUTH_KEK: env.secret(),
  /** The secret with which chat asks for service tokens. */
  SERVICE_SECRET_CHAT: env.secret(),
  /** The secret with which accounting asks for service tokens. */
  SERVICE_SECRET_ACCOUNTING: env.secret(),
  /** Whether somebody may use the product without an account. */
  ANONYMOUS: z
    .enum(['on', 'off'])
    .default('off')
    .transform((value) => value === 'on'),
  /** What a new visitor may spend, in micro-credits. */
  ANONYMOUS_ALLOWANCE_UCR: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  /** The most that visitors are given in one day, all together. */
  ANONYMOUS_ALLOWANCE_DAILY_UCR: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
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

/** Without a bound for the day an allowance is an open tap; without an allowance there is nothing to bound. */
const allowanceRule = z.refine<Partial<Given>>(
  ({ ANONYMOUS_ALLOWANCE_UCR: one = 0, ANONYMOUS_ALLOWANCE_DAILY_UCR: daily = 0 }) => !(daily < one),
  {
    path: ['ANONYMOUS_ALLOWANCE_DAILY_UCR'],
    error: 'is needed with ANONYMOUS_ALLOWANCE_UCR, and is at least as much',
    when: () => true,
  },
);

/** What auth reads from its environment. Its demo has more than two states, so the platform's rule for it does not fit. */
export const authEnvironment = variables
  .check(...productionRules(secrets), ...mailRules)
  .safeExtend(demo)
  .check(demoRule, allowanceRule);

export interface AuthConfig {
  logLevel: string;
  http: HttpSettings;
  mongo: { uri: string; database: string };
  accessTokens: { lifeSeconds: number };
  refreshTokens: RefreshLife;
  /** The origins of our own pages; only they may use the refresh cookie. */
  webOrigins: readonly string[];
  passwords: { minLength: number };
  secondFactors: { requiredOfAdmins: boolean; relyingParty: RelyingParty };
  signup: SignupMode;
  identityProviders: ProvidersConfig;
  audit: { retentionDays: number };
  keys: { encryptionSecret: string };
  mail: MailSettings;
  serviceSecrets: Readonly<Record<'chat' | 'accounting', string>>;
  visitors: VisitorSettings;
  /** Where the other services are. */
  services: ErrandTargets;
  demo: DemoMode;
}

const ownOrigins = ({ AUTH_URL, PUBLIC_WEB_URL }: Given): string[] =>
  [AUTH_URL, PUBLIC_WEB_URL].flatMap((url) => (url === undefined ? [] : new URL(url).origin));
/** @throws ConfigError */
function toProvidersConfig(given: Given, webUrl: string): ProvidersConfig {
  const { OIDC_PROVIDERS: json, OIDC_PROVIDERS_FILE: file, PUBLIC_WEB_URL, AUTH_PUBLIC_URL, AUTH_URL } = given;
  const publicUrl = AUTH_PUBLIC_URL ?? (PUBLIC_WEB_URL === undefined ? AUTH_URL : `${PUBLIC_WEB_URL}/api`);
  const rest = { publicUrl, webUrl, returnPaths: given.SIGN_IN_RETURN_PATHS, signupIsOpen: given.SIGNUP === 'open' };
  try {
    return { providers: readProviders(json, file), ...rest };
  } catch (error) {
    const variable = json === undefined ? 'OIDC_PROVIDERS_FILE' : 'OIDC_PROVIDERS';
    throw new ConfigError([`${variable}: ${(error as Error).message}`]);
  }
}

const toRelyingParty = (webUrl: string, origins: readonly string[]): RelyingParty => ({
  id: new URL(webUrl).hostname,
  origins: [new URL(webUrl).origin, ...origins],
});

/** @throws ConfigError that names every fault */
export function readAuthConfig(environment: Environment): AuthConfig {
  const given = loadConfig(authEnvironment, environment);
  const mail = toMailSettings(given);
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
    secondFactors: {
      requiredOfAdmins: given.REQUIRE_MFA_FOR_ADMINS ?? given.NODE_ENV === 'production',
      relyingParty: toRelyingParty(mail.webUrl, given.PASSKEY_ORIGINS),
    },
    signup: given.SIGNUP,
    identityProviders: toProvidersConfig(given, mail.webUrl),
    audit: { retentionDays: given.AUDIT_RETENTION_DAYS },
    keys: { encryptionSecret: given.AUTH_KEK },
    mail,
    serviceSecrets: { chat: given.SERVICE_SECRET_CHAT, accounting: given.SERVICE_SECRET_ACCOUNTING },
    visitors: {
      isOn: given.ANONYMOUS,
      allowanceUcr: given.ANONYMOUS_ALLOWANCE_UCR,
      dailyUcr: given.ANONYMOUS_ALLOWANCE_DAILY_UCR,
    },
    services: { chat: given.CHAT_URL, accounting: given.ACCOUNTING_URL },
    demo: given.SEED_DEMO,
  };
}
