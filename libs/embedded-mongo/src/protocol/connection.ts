import type { Socket } from 'node:net';
import { MAX_MESSAGE_BYTES } from '../commands/handshake.js';
import type { Client } from '../commands/command.js';
import { dispatch } from '../commands/dispatch.js';
import type { Server } from '../server.js';
import { readMessage, writeMessage, OP_QUERY, type Request } from './messages.js';

const HEADER_BYTES = 16;
const HELLO = new Set(['hello', 'isMaster', 'ismaster']);
let lastId = 0;

/** One client. Its commands run one after the other; bytes that make no sense end this connection and nothing else. */
export class Connection implements Client {
  appName: string | undefined;
  private chunks: Buffer[] = [];
  private buffered = 0;
  private running = false;

  constructor(
    private readonly socket: Socket,
    private readonly server: Server,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (data) => this.receive(data));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => server.sessions.connectionClosed(this));
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(data: Buffer): void {
    this.chunks.push(data);
    this.buffered += data.length;
    if (!this.running) void this.run();
    // While a command runs no more is read than one message can hold, so a client cannot fill the memory.
    if (this.running && this.buffered > MAX_MESSAGE_BYTES) this.socket.pause();
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
    if (this.buffered < HEADER_BYTES || this.socket.destroyed) return undefined;
    if (this.chunks[0]!.length < HEADER_BYTES) this.join();
    const length = this.chunks[0]!.readInt32LE(0);
    if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES)
      throw new Error(`a message of ${length} bytes is not possible`);
    if (this.buffered < length) return undefined;
    if (this.chunks[0]!.length < length) this.join();
    const all = this.chunks[0]!;
    this.buffered -= length;
    if (all.length === length) this.chunks.shift();
    else this.chunks[0] = all.subarray(length);
    return all.subarray(0, length);
  }

  private join(): void {
    this.chunks = [Buffer.concat(this.chunks)];
  }

  private async answer(request: Request): Promise<void> {
    const [name = ''] = request.body.keys();
    if (request.opCode === OP_QUERY && !HELLO.has(name))
      throw new Error(`OP_QUERY is only supported for hello, not for ${name}`);
    const reply = await dispatch(this.server, request.body, this);
    if (reply.get('closeConnection') === true) return this.close();
    if (!request.unanswered && !this.socket.destroyed) this.socket.write(writeMessage(request, reply, ++lastId));
  }
}
