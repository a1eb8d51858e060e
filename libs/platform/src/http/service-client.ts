import { DomainError } from '../errors/domain-error.js';

/** An answer of another service: its status and its JSON body (undefined when there is none). */
export interface ServiceAnswer {
  status: number;
  body: unknown;
  /** When to ask again, if it said so. */
  retryAfterSeconds?: number;
}

export interface ServiceRequest {
  method?: 'GET' | 'POST' | 'PUT';
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
  /** How long to wait for the answer; two seconds unless said otherwise. */
  timeoutMs?: number;
  /** Ends the call before it is answered. */
  signal?: AbortSignal;
}

/** Calls another service over HTTP with a deadline. */
export class ServiceClient {
  private static readonly timeoutMs = 2_000;

  /**
   * @param name the service called, as it appears in `<name>_unavailable`
   * @param baseUrl without a trailing slash
   */
  constructor(
    private readonly name: string,
    private readonly baseUrl: string,
  ) {}

  /** @throws DomainError `<name>_unavailable` (503) when there is no answer in time, or the answer is a 5xx */
  async call(
    path: string,
    { method = 'GET', headers, body, timeoutMs, signal }: ServiceRequest = {},
  ): Promise<ServiceAnswer> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs ?? ServiceClient.timeoutMs), ...(signal ? [signal] : [])]),
    }).catch((cause: unknown) => {
      throw this.unavailable(cause);
    });
    const { status } = response;
    const json = await this.read(response);
    const retryAfter = response.headers.get('retry-after');
    if (status >= 500) throw this.unavailable(`${path} answered ${status}`, retryAfter);
    const seconds = toSeconds(retryAfter);
    return { status, body: json, ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }) };
  }

  unavailable(cause?: unknown, retryAfter?: string | null): DomainError {
    return new DomainError(
      'unavailable',
      `${this.name}_unavailable`,
      `The ${this.name} service cannot be reached right now.`,
      {
        retryAfterSeconds: toSeconds(retryAfter) ?? 2,
        cause,
      },
    );
  }

  private async read(response: Response): Promise<unknown> {
    const text = await response.text().catch((cause: unknown) => {
      throw this.unavailable(cause);
    });
    if (text === '') return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // What JSON.parse says quotes the text, and that may be a token.
      throw this.unavailable(`${text.length} characters came that are not JSON`);
    }
  }
}

function toSeconds(retryAfter: string | null | undefined): number | undefined {
  const seconds = Number(retryAfter);
  return Number.isInteger(seconds) && seconds > 0 ? seconds : undefined;
}
