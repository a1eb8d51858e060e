/** An answer as a test sees it. `body` is the parsed JSON, or the text where it is not JSON. */
export interface HttpAnswer {
  status: number;
  headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

export interface HttpRequest {
  token?: string;
  headers?: Record<string, string>;
  /** Sent as is, without JSON encoding. */
  raw?: string;
}

/** A plain HTTP client: every answer is returned, none is thrown. */
export class HttpClient {
  constructor(readonly baseUrl: string) {}

  get = (path: string, request?: HttpRequest) => this.send('GET', path, undefined, request);
  post = (path: string, body?: unknown, request?: HttpRequest) => this.send('POST', path, body, request);
  put = (path: string, body?: unknown, request?: HttpRequest) => this.send('PUT', path, body, request);
  patch = (path: string, body?: unknown, request?: HttpRequest) => this.send('PATCH', path, body, request);
  delete = (path: string, request?: HttpRequest) => this.send('DELETE', path, undefined, request);

  /** The response itself, for answers that are streamed. */
  open(method: string, path: string, body?: unknown, { token, headers, raw }: HttpRequest = {}): Promise<Response> {
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    return fetch(`${this.baseUrl}${path}`, {
      method,
      headers: {
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(payload === undefined ? {} : { body: payload }),
    });
  }

  private async send(method: string, path: string, body: unknown, request?: HttpRequest): Promise<HttpAnswer> {
    const response = await this.open(method, path, body, request);
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parse(text) };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
