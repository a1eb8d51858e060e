/** Our response headers that scripts in a browser may read. */
export const exposedHeaders = [
  'X-Streaming-Session-Id',
  'X-Stream-Replayed',
  'Idempotency-Replayed',
  'X-Next-Cursor',
  'X-Request-Id',
  'Retry-After',
];

/** Whether an `Origin` is on the list: exact, or any port where the entry ends in `:*`. */
export function isAllowedOrigin(origin: string, allowed: readonly string[]): boolean {
  return allowed.some((entry) =>
    entry.endsWith(':*') ? /^\d{1,5}$/.test(portAfter(entry.slice(0, -1), origin)) : entry === origin,
  );
}

const portAfter = (prefix: string, origin: string): string =>
  origin.startsWith(prefix) ? origin.slice(prefix.length) : '';
