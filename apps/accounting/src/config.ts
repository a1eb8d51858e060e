import {
  env,
  type Environment,
  loadConfig,
  platformEnvironment,
  productionRules,
  toHttpSettings,
} from '@parley/platform';
import { z } from 'zod';

const schema = z
  .object({
    ...platformEnvironment,
    ACCOUNTING_PORT: env.port(3001),
    /** Proves to auth that this is accounting. */
    SERVICE_SECRET_ACCOUNTING: env.secret(),
    /** Prices the offline model at the start, so that the demonstration has something to pay for. */
    SEED_DEMO: z
      .enum(['true', 'false', '1', '0', 'exposed'])
      .transform((demo) => demo !== 'false' && demo !== '0')
      .default(false),
    /** What every new user is given once, in micro-credits, unless a rule says something else. */
    STARTING_BALANCE_UCR: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
    /** Whether output that had come before the model failed is charged. */
    CHARGE_ON_UPSTREAM_ERROR: env.flag(false),
  })
  .check(...productionRules(['SERVICE_SECRET_ACCOUNTING']));

export type AccountingConfig = ReturnType<typeof readAccountingConfig>;

/** @throws ConfigError with all faults at once */
export function readAccountingConfig(environment: Environment) {
  const settings = loadConfig(schema, environment);
  return {
    http: toHttpSettings(settings, settings.ACCOUNTING_PORT),
    logLevel: settings.LOG_LEVEL,
    mongo: { uri: settings.MONGODB_URI, database: `${settings.DATABASE_PREFIX}_accounting` },
    auth: { url: settings.AUTH_URL, clientSecret: settings.SERVICE_SECRET_ACCOUNTING },
    seedDemo: settings.SEED_DEMO,
    startingBalance: BigInt(settings.STARTING_BALANCE_UCR),
    whoPays: { chargeOnUpstreamError: settings.CHARGE_ON_UPSTREAM_ERROR },
  };
}
