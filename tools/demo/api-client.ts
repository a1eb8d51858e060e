import type { DemoOptions, ServiceName } from './options.js';
import { exchange, type Pause, type Received } from './network.js';
import { readAnswer, type StreamedAnswer } from './streamed-answer.js';

export interface Answer {
  status: number;
  /** The JSON body, or an empty object where there is none. */
  body: Record<string, unknown>;
}

export interface Call {
  token?: string;
  body?: unknown;
  /** Makes a repetition of the same call harmless. */
  idempotencyKey?: string;
}

/** The three services as the demo calls them. */
export class ApiClient {
  constructor(
    private readonly address: DemoOptions['address'],
    private readonly pause: Pause,
  ) {}

  get = (service: ServiceName, path: string, call?: Call) => this.send('GET', service, path, call);
  post = (service: ServiceName, path: string, call?: Call) => this.send('POST', service, path, call);
  delete = (service: ServiceName, path: string, call?: Call) => this.send('DELETE', service, path, call);

  /** Starts a stream and reads it to its end; a refusal comes back like any other answer. */
  async stream(path: string, call: Call & { idempotencyKey: string }): Promise<Answer | StreamedAnswer> {
    const received = await exchange(this.address('chat', path), request('POST', call), this.pause);
    return received.status === 200 ? readAnswer(received) : toAnswer(received);
  }

  private async send(method: string, service: ServiceName, path: string, call: Call = {}): Promise<Answer> {
    return toAnswer(await exchange(this.address(service, path), request(method, call), this.pause));
  }
}

function request(method: string, { token, body, idempotencyKey }: Call): RequestInit {
  return {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  };
}

const toAnswer = ({ status, text }: Received): Answer => ({ status, body: parse(text) });

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
