import type { ConnectionLimits } from './connections.js';

/** How a service is reached. */
export interface HttpSettings {
  host: string;
  port: number;
  corsOrigins: readonly string[];
  trustedProxies: readonly string[];
  /** The largest request body that is accepted; 32 KiB by default. */
  bodyLimitBytes?: number;
  /** Where a test needs others than `connectionLimits`. */
  connections?: Partial<ConnectionLimits>;
}
