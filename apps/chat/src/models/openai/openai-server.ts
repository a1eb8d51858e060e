import { type Dispatcher, Pool } from 'undici';

export interface OpenAiSettings {
  /** The address in front of `/chat/completions` and `/models`, e.g. http://localhost:11434/v1. */
  baseUrl: string;
  apiKey?: string;
  /** The models to offer; without it the server is asked. */
  models?: readonly string[];
}

/** Error codes, parameters, media types, and the ids of requests. */
const shortToken = /^[\w./:+[\]-]{1,64}$/;

/** The connections to one OpenAI-compatible server. It alone knows the key, and whether something may go to the log. */
export class OpenAiServer {
  readonly pool: Pool;
  private readonly base: URL;
  private readonly apiKey: string | undefined;

  constructor({ baseUrl, apiKey }: OpenAiSettings, connectMs: number) {
    this.base = new URL(baseUrl);
    this.apiKey = apiKey;
    // Each stream has a connection of its own, kept alive for the next one. The callers watch the time themselves.
    this.pool = new Pool(this.base.origin, {
      connections: null,
      pipelining: 1,
      connect: { timeout: connectMs },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  request(method: 'GET' | 'POST', path: string, body?: string): Dispatcher.RequestOptions {
    const headers = {
      accept: body === undefined ? 'application/json' : 'text/event-stream, application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(this.apiKey === undefined ? {} : { authorization: `Bearer ${this.apiKey}` }),
    };
    const whole = `${this.base.pathname.replace(/\/+$/, '')}${path}${this.base.search}`;
    return { method, path: whole, headers, body: body ?? null };
  }

  /** Something short that a provider said, where it can be no more than a name: not a sentence, nor our key. */
  token(value: unknown): string | undefined {
    if (Number.isSafeInteger(value)) return String(value);
    if (typeof value !== 'string' || !shortToken.test(value)) return undefined;
    return this.apiKey !== undefined && value.includes(this.apiKey) ? undefined : value;
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}

/** undici hangs what it could not read onto its error, and that would go to the log. */
export const withoutData = (error: Error & { code?: unknown }): Error =>
  Object.assign(new Error(`${error.name}: ${error.message}`), { code: error.code });
