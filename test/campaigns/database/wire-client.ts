import { deserialize, serialize, type Document } from 'bson';
import { connect, type Socket } from 'node:net';

const HEADER_BYTES = 16;
const BODY_AT = HEADER_BYTES + 5;
const OP_MSG = 2013;

/** The connection ended before the answer came: nobody knows whether the command was carried out. */
export class ConnectionLost extends Error {}

/** The server's own refusal. */
export class CommandFailed extends Error {
  constructor(readonly reply: Document) {
    super(String(reply.errmsg));
  }

  get code(): number {
    return Number(this.reply.code);
  }
}

interface Waiting {
  resolve: (reply: Document) => void;
  reject: (error: Error) => void;
}

/**
 * One plain connection to a database. The driver would choose sessions, number transactions and retry on its own; here the
 * caller sets every field, so that a test can send exactly the same command twice.
 */
export class WireClient {
  private readonly waiting = new Map<number, Waiting>();
  private received: Buffer = Buffer.alloc(0);
  private lastId = 0;
  private ended = false;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (data) => this.receive(data));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.end());
  }

  static async connect(uri: string): Promise<WireClient> {
    const { hostname, port } = new URL(uri);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new WireClient(socket);
  }

  /** @throws CommandFailed when the server refuses, ConnectionLost when the connection breaks */
  async run(command: Document): Promise<Document> {
    const reply = await this.send(command);
    if (reply.ok !== 1) throw new CommandFailed(reply);
    const [fault] = [...((reply.writeErrors as Document[] | undefined) ?? []), reply.writeConcernError as Document];
    if (fault) throw new CommandFailed(fault);
    return reply;
  }

  close(): void {
    this.socket.destroy();
  }

  private send(command: Document): Promise<Document> {
    return new Promise((resolve, reject) => {
      if (this.ended) return reject(new ConnectionLost('the connection is closed'));
      const id = ++this.lastId;
      this.waiting.set(id, { resolve, reject });
      this.socket.write(messageOf(id, command));
    });
  }

  private receive(data: Buffer): void {
    this.received = this.received.length > 0 ? Buffer.concat([this.received, data]) : data;
    for (;;) {
      const length = this.received.length < 4 ? Infinity : this.received.readInt32LE(0);
      if (this.received.length < length) return;
      const message = this.received.subarray(0, length);
      this.received = this.received.subarray(length);
      const id = message.readInt32LE(8);
      this.waiting.get(id)?.resolve(deserialize(message.subarray(BODY_AT)));
      this.waiting.delete(id);
    }
  }

  private end(): void {
    this.ended = true;
    for (const { reject } of this.waiting.values()) reject(new ConnectionLost('the connection was closed'));
    this.waiting.clear();
  }
}

export function messageOf(id: number, command: Document): Buffer {
  const body = serialize(command);
  const message = Buffer.alloc(BODY_AT + body.length);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(id, 4);
  message.writeInt32LE(OP_MSG, 12);
  message.set(body, BODY_AT);
  return message;
}
