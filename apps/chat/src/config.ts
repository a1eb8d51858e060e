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

/** A container is published in order to stand behind something: whoever comes by would spend the key's money. */
const demoRule = z.refine<{ SEED_DEMO?: boolean; PUBLISHED_HOST?: string; OPENAI_API_KEY?: string }>(
  ({ SEED_DEMO, PUBLISHED_HOST, OPENAI_API_KEY }) =>
    SEED_DEMO !== true || PUBLISHED_HOST === undefined || OPENAI_API_KEY === undefined,
  {
    path: ['SEED_DEMO'],
    error:
      "its passwords are published, and whoever reaches it spends the provider's key; SEED_DEMO=exposed makes random ones",
    when: () => true,
  },
);

const environment = z
  .object({
    ...platformEnvironment,
    CHAT_PORT: env.port(3002),
    /** The secret with which chat asks auth for service tokens. */
    SERVICE_SECRET_CHAT: env.secret(),
    /** Any OpenAI-compatible server, e.g. http://localhost:11434/v1; unset: only the offline model. */
    OPENAI_BASE_URL: env.url().optional(),
    OPENAI_API_KEY: z.string().optional(),
    /** A comma list of model ids; unset: what the server's /models says. */
    OPENAI_MODELS: env.list([]),
    /** Whether demo users can sign in with published passwords; the random ones of `exposed` are auth's business. */
    SEED_DEMO: z
      .enum(['true', 'false', '1', '0', 'exposed'])
      .transform((demo) => demo === 'true' || demo === '1')
      .default(false),
    /** Where docker-compose publishes the product. */
    PUBLISHED_HOST: z.string().optional(),
  })
  .check(...productionRules(['SERVICE_SECRET_CHAT']), demoRule);

export interface ChatConfig {
  logLevel: string;
  http: HttpSettings;
  mongo: { uri: string; database: string };
  authUrl: string;
  accountingUrl: string;
  credentials: { clientId: 'chat'; clientSecret: string };
  openai?: { baseUrl: string; apiKey?: string; models?: string[] };
}

/** A reported answer must fit: 250,000 characters, most of which may take three bytes in UTF-8. */
const bodyLimitBytes = 960 * 1024;

/** @throws ConfigError that names every fault */
export function readChatConfig(from: Environment): ChatConfig {
  const given = loadConfig(environment, from);
  return {
    logLevel: given.LOG_LEVEL,
    http: { ...toHttpSettings(given, given.CHAT_PORT), bodyLimitBytes },
    mongo: { uri: given.MONGODB_URI, database: `${given.DATABASE_PREFIX}_chat` },
    authUrl: given.AUTH_URL,
    accountingUrl: given.ACCOUNTING_URL,
    credentials: { clientId: 'chat', clientSecret: given.SERVICE_SECRET_CHAT },
    ...(given.OPENAI_BASE_URL
      ? { openai: openai(given.OPENAI_BASE_URL, given.OPENAI_API_KEY, given.OPENAI_MODELS) }
      : {}),
  };
}

const openai = (baseUrl: string, apiKey: string | undefined, models: string[]) => ({
  baseUrl,
  ...(apiKey ? { apiKey } : {}),
  ...(models.length > 0 ? { models } : {}),
});
