import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Client, Reply } from '../commands/command.js';
import { dispatch } from '../commands/dispatch.js';
import type { Server } from '../server.js';
import { Inbox } from './inbox.js';
import { readMessage, writeMessage, OP_QUERY, type Request } from './messages.js';

const HELLO = new Set(['hello', 'isMaster', 'ismaster']);
/** While a command runs, no more than this is taken from its client. */
const READ_AHEAD_BYTES = 1024 * 1024;
let lastId = 0;

/**
 * One client. Its commands run one after the other, the next one when the answer to the last one is taken. Bytes that make no
 * sense end this connection and nothing else.
 */
export class Connection implements Client {
  appName: string | undefined;
  private readonly inbox = new Inbox();
  private running = false;

  constructor(
    private readonly socket: Socket,
    private readonly server: Server,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (data) => this.receive(data));
    socket.on('error', () => socket.destroy());
  }

  get closed(): boolean {
    return this.socket.destroyed;
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(data: Buffer): void {
    this.inbox.add(data);
    if (!this.running) void this.run();
    if (this.running && this.inbox.size > READ_AHEAD_BYTES) this.socket.pause();
  }

  private async run(): Promise<void> {
    this.running = true;
    try {
      for (let message = this.next(); message; message = this.next()) await this.answer(readMessage(message));
    } catch (error) {
      this.server.log.warn(`a connection was ended: ${(error as Error).message}`);
      this.socket.destroy();
    }
    this.running = false;
    if (this.socket.isPaused()) this.socket.resume();
  }

  private next(): Buffer | undefined {
    return this.closed ? undefined : this.inbox.next();
  }

  private async answer(request: Request): Promise<void> {
    if (request.refusal) return this.reply(request, request.refusal.toReply());
    const [name = ''] = request.body.keys();
    if (request.opCode === OP_QUERY && !HELLO.has(name))
      throw new Error(`OP_QUERY is only supported for hello, not for ${name}`);
    const reply = await dispatch(this.server, request.body, this);
    if (reply.get('closeConnection') === true) return this.close();
    await this.reply(request, reply);
  }

  private async reply(request: Request, reply: Reply): Promise<void> {
    if (request.unanswered || this.closed) return;
    if (!this.socket.write(writeMessage(request, reply, ++lastId))) await this.taken();
  }

  /** Until the client has taken what was written to it, or has gone. */
  private async taken(): Promise<void> {
    const { socket } = this;
    if (socket.destroyed || !socket.writableNeedDrain) return;
    const ended = new AbortController();
    await Promise.race([
      once(socket, 'drain', { signal: ended.signal }),
      once(socket, 'close', { signal: ended.signal }),
    ]).finally(() => ended.abort());
  }
}
