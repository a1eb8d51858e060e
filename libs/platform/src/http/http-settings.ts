import type { z } from 'zod';
import type { platformEnvironment } from '../config/load-config.js';
import type { ConnectionLimits } from './connections.js';
import type { MetricsAccess } from './metrics-access.js';

/** How a service is reached. */
export interface HttpSettings {
  host: string;
  port: number;
  corsOrigins: readonly string[];
  trustedProxies: readonly string[];
  /** The host names that it is served under besides those of this machine; unset: all. */
  servedHosts?: readonly string[];
  /** Who may read `/metrics`; unset: everybody. */
  metrics?: MetricsAccess;
  /** Whether `/docs` and `/openapi.json` are served; they are unless this says no. */
  apiDocs?: boolean;
  /** Whether `/debug/headers` is served; only where this says so. */
  debugHeaders?: boolean;
  /** The largest request body that is accepted; 32 KiB by default. */
  bodyLimitBytes?: number;
  /** Where a test needs others than `connectionLimits`. */
  connections?: Partial<ConnectionLimits>;
}

type Given = z.output<z.ZodObject<typeof platformEnvironment>>;
type Addresses = 'AUTH_URL' | 'ACCOUNTING_URL' | 'CHAT_URL' | 'PUBLIC_WEB_URL';
type ForOperators = 'METRICS_TOKEN' | 'API_DOCS';
type Read = Pick<Given, 'NODE_ENV' | 'HOST' | 'CORS_ORIGINS' | 'TRUSTED_PROXIES' | Addresses | ForOperators>;

/** What every service makes of its environment. */
export function toHttpSettings(given: Read, port: number): HttpSettings {
  const { AUTH_URL, ACCOUNTING_URL, CHAT_URL, PUBLIC_WEB_URL, METRICS_TOKEN, API_DOCS } = given;
  const isProduction = given.NODE_ENV === 'production';
  const addresses = [AUTH_URL, ACCOUNTING_URL, CHAT_URL, ...(PUBLIC_WEB_URL ? [PUBLIC_WEB_URL] : [])];
  return {
    host: given.HOST,
    port,
    corsOrigins: given.CORS_ORIGINS,
    trustedProxies: given.TRUSTED_PROXIES,
    metrics: METRICS_TOKEN ? { token: METRICS_TOKEN } : isProduction ? 'closed' : 'open',
    apiDocs: API_DOCS || !isProduction,
    debugHeaders: !isProduction,
    ...(isProduction ? {} : { servedHosts: addresses.map((address) => new URL(address).hostname) }),
  };
}
