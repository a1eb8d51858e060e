import type { Random } from '../../soak-db/random.js';
import type { Tally } from '../books/tally.js';

/** An answer of chat, its body still to be read. */
export interface Ask {
  token: string;
  headers?: Record<string, string>;
  body?: unknown;
}

/** The longest that one request may take: a reader of a dead process's stream hears nothing for a while. */
const requestMs = 20_000;

/** The addresses of all chat processes: a request goes to any of them, as behind a stateless balancer. */
export class ChatDoors {
  constructor(
    private readonly urls: readonly string[],
    private readonly random: Random,
    private readonly tally: Tally,
    /** Raised when the soak is over and nobody waits any longer. */
    private readonly over: AbortSignal,
  ) {}

  /** @returns undefined when the connection was lost and nobody knows whether anything was done */
  async open(method: 'GET' | 'POST', path: string, { token, headers, body }: Ask): Promise<Response | undefined> {
    try {
      return await fetch(`${this.random.pick(this.urls)}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.any([this.over, AbortSignal.timeout(requestMs)]),
      });
    } catch {
      this.tally.lostConnections++;
      return undefined;
    }
  }

  async call(method: 'GET' | 'POST', path: string, ask: Ask): Promise<Told | undefined> {
    const response = await this.open(method, path, ask);
    return response && this.read(response);
  }

  /** The JSON of an answer that is not a stream. */
  async read(response: Response): Promise<Told | undefined> {
    try {
      const text = await response.text();
      return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Told['body'] };
    } catch {
      this.tally.lostConnections++;
      return undefined;
    }
  }
}

export interface Told {
  status: number;
  body: Record<string, unknown> & { code?: string };
}
