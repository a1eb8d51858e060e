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
  })
  .check(...productionRules(['SERVICE_SECRET_CHAT']));

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
