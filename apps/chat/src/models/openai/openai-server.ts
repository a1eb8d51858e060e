import { type Dispatcher, Pool } from 'undici';

export interface OpenAiSettings {
  /** The address in front of `/chat/completions` and `/models`, e.g. http://localhost:11434/v1. */
  baseUrl: string;
  apiKey?: string;
  /** The models to offer; without it the server is asked. */
  models?: readonly string[];
}

/** How much of a provider's own words goes to the log. */
const maxQuoteCharacters = 500;
const maxStartCharacters = 40;

/** The connections to one OpenAI-compatible server. It alone knows the key, and takes it out of whatever is quoted. */
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

  quote(words: string): string {
    const safe = this.apiKey === undefined ? words : words.replaceAll(this.apiKey, '[key]');
    return safe.slice(0, maxQuoteCharacters);
  }

  /** Enough to see what it is, of something that may hold a user's text. */
  quoteStart(words: string): string {
    return `${this.quote(words).slice(0, maxStartCharacters)}… (${words.length} characters)`;
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}
