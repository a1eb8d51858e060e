import { deserialize, type Document, serialize } from 'bson';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { refusal } from './rights.js';

const headerBytes = 16;
const bodyAt = headerBytes + 5;
const opMsg = 2013;
const moreToCome = 2;

/**
 * Stands before a database and refuses with MongoDB's own error what a user may not do. The database that the suites run on knows
 * no users, so this is how they see which rights a service needs.
 */
export class DatabaseGuard {
  /** What was refused, and why. */
  readonly refused: string[] = [];
  /** Commands that the user may run besides, on its own database. */
  readonly granted = new Set<string>();
  /** The names of all commands that were let through. */
  readonly allowed = new Set<string>();
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly target: { host: string; port: number },
    private readonly database: string,
    private readonly server: Server,
  ) {
    server.on('connection', (client: Socket) => this.accept(client));
  }

  /** The user has the role readWrite on one database. */
  static async start(uri: string, database: string): Promise<DatabaseGuard> {
    const { hostname, port } = new URL(uri);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new DatabaseGuard({ host: hostname, port: Number(port || 27017) }, database, server);
  }

  get uri(): string {
    return `mongodb://127.0.0.1:${(this.server.address() as AddressInfo).port}/?directConnection=true`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(client: Socket): void {
    const database = connect(this.target);
    for (const [socket, other] of [[client, database] as const, [database, client] as const]) {
      this.sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => other.destroy());
    }
    database.pipe(client);
    let received: Buffer = Buffer.alloc(0);
    client.on('data', (data) => {
      received = Buffer.concat([received, data]);
      for (let message = nextIn(received); message; message = nextIn(received)) {
        received = received.subarray(message.length);
        const refused = this.judge(message);
        if (!refused) database.write(message);
        else if (!(message.readUInt32LE(headerBytes) & moreToCome)) client.write(answerTo(message, refused));
      }
    });
  }

  /** The first hello of a driver is of an older kind, and is nothing else. */
  private judge(message: Buffer): Document | undefined {
    if (message.readInt32LE(12) !== opMsg) return undefined;
    const command = deserialize(message.subarray(bodyAt, bodyAt + message.readInt32LE(bodyAt)));
    const why = refusal(this.database, this.granted, command);
    if (why === undefined) {
      this.allowed.add(Object.keys(command)[0]!);
      return undefined;
    }
    this.refused.push(why);
    return { ok: 0, code: 13, codeName: 'Unauthorized', errmsg: `not authorized to execute ${why}` };
  }
}

const nextIn = (received: Buffer): Buffer | undefined => {
  const length = received.length < headerBytes ? Infinity : received.readInt32LE(0);
  return received.length < length ? undefined : received.subarray(0, length);
};

function answerTo(request: Buffer, answer: Document): Buffer {
  const body = serialize(answer);
  const message = Buffer.alloc(bodyAt + body.length);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(request.readInt32LE(4), 8);
  message.writeInt32LE(opMsg, 12);
  message.set(body, bodyAt);
  return message;
}
