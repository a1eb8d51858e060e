import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import jwt from 'jsonwebtoken';

export interface Told {
  path: string;
  body: Record<string, unknown>;
  claims: jwt.JwtPayload;
}

/** Chat and accounting, as far as auth tells them something: it writes down what it hears. */
export class ErrandReceiver {
  readonly told: Told[] = [];
  /** While set, every call is answered so. */
  status = 200;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const claims = jwt.decode(request.headers.authorization?.slice('Bearer '.length) ?? '') as jwt.JwtPayload;
        const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as Told['body'];
        if (this.status === 200) this.told.push({ path: request.url ?? '', body, claims });
        response.writeHead(this.status, { 'content-type': 'application/json' }).end('{}');
      });
    });
  }

  static async start(): Promise<ErrandReceiver> {
    const receiver = new ErrandReceiver();
    await new Promise<void>((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  about(id: string): Told[] {
    return this.told.filter(({ body }) => Object.values(body).includes(id));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
