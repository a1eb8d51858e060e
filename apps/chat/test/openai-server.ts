import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { TestClock } from '@parley/testing';
import type { ModelOutcome, OnText } from '../src/models/provider/model-provider.js';
import type { OpenAiLimits } from '../src/models/openai/openai.limits.js';
import { OpenAiProvider } from '../src/models/openai/openai.provider.js';

export const responseHead = (type = 'text/event-stream'): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\nconnection: close\r\n\r\n`;

/** A model server that sends what a test tells it to, byte for byte, and a provider that asks it. */
export class OpenAiServer {
  /** What asked last. */
  provider: OpenAiProvider | undefined;
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();

  /** Asks once; `send` has the connection when the request has come. */
  async ask(
    send: (socket: Socket) => void | Promise<void>,
    onText: OnText,
    limits: Partial<OpenAiLimits> = {},
  ): Promise<ModelOutcome> {
    await this.close();
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('data', () => void send(socket));
    });
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    const { port } = this.server.address() as AddressInfo;
    this.provider = new OpenAiProvider({ baseUrl: `http://127.0.0.1:${port}/v1` }, new TestClock(), limits);
    const messages = [{ role: 'user' as const, content: 'hi' }];
    return this.provider.generate(
      { model: 'm', messages, maxTokens: 10, signal: new AbortController().signal },
      onText,
    );
  }

  /** Asks once, and is answered with this body. */
  answer(body: string, onText: OnText = () => undefined, type?: string): Promise<ModelOutcome> {
    return this.ask((socket) => void socket.end(responseHead(type) + body), onText);
  }

  async close(): Promise<void> {
    await this.provider?.close();
    for (const socket of this.sockets) socket.destroy();
    this.server?.close();
  }
}
