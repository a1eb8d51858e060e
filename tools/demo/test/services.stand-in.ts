import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  route: string;
  headers: IncomingMessage['headers'];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

type Reply = [status: number, body: unknown];

const issuedId = 'stream-1768478400000-3f2b8c1e-9d4a-4e6b-8a7c-5d1e2f3a4b5c';
const event = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
const usage = { input_tokens: 4, output_tokens: 6, source: 'provider' };

/** The three services behind one address, as far as the demo uses them. Any route can be made to answer something else. */
export class ServicesStandIn {
  seen: SeenRequest[] = [];
  /** Answers that replace the usual ones, by route (`POST /auth/login`); 'cut' breaks the connection once. */
  instead: Record<string, Reply | 'cut'> = {};
  streamEvents = [
    event('chunk', { text: 'Hello ', seq: 1 }),
    event('chunk', { text: 'wörld', seq: 2 }),
    event('done', { state: 'completed', tokensUsed: 10, usage, final_seq: 2 }),
  ];
  streamHeaders: Record<string, string> = { 'x-STREAMING-session-ID': issuedId };
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  async start(): Promise<string> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const sent = Buffer.concat(parts).toString('utf8');
    const route = `${request.method} ${request.url}`;
    const body: unknown = sent === '' ? undefined : JSON.parse(sent);
    this.seen.push({ route, headers: request.headers, body });
    const instead = this.instead[route];
    if (instead === 'cut') {
      delete this.instead[route];
      return void request.socket.destroy();
    }
    if (!instead && route.endsWith('/stream')) return this.stream(response);
    const [status, answer] = instead ?? usual(route, body as Record<string, string>);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  private stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', ...this.streamHeaders });
    response.end(this.streamEvents.join(''));
  }
}

function usual(route: string, body: Record<string, string>): Reply {
  const path = route.replace(' /api/', ' /');
  if (/^GET \/health/.test(path)) return [200, { status: 'ok' }];
  if (path === 'POST /auth/login') {
    const name = body.username ?? body.email;
    return [200, { access_token: `token-of-${name}`, user: { id: `id-of-${name}` } }];
  }
  if (path === 'POST /credits/allocations') return [201, {}];
  if (path === 'POST /chat/sessions') return [201, { session_id: 's1' }];
  if (path === 'GET /chat/models')
    return [
      200,
      {
        data: [
          { id: 'no-price-yet', price: null },
          { id: 'parley-eliza', price: {} },
        ],
      },
    ];
  if (path === 'POST /chat/sessions/s1/update-stream') return update(body);
  if (path === 'DELETE /chat/sessions/s1') return [200, {}];
  return [404, { code: 'route_not_found', detail: 'There is no such route.' }];
}

const update = ({ streaming_session_id: id, complete_response: text }: Record<string, string>): Reply =>
  id === issuedId
    ? [200, { accepted: true, content_match: text === 'Hello wörld' }]
    : [400, { code: 'stream_id_mismatch', detail: 'no' }];
