import { deserialize, serialize, type Document } from 'bson';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const OP_MSG = 2013;
const BODY_AT = 21;

/** A command as it goes over the wire. */
export function messageOf(body: Uint8Array): Buffer {
  const message = Buffer.alloc(BODY_AT + body.length);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(OP_MSG, 12);
  message.set(body, BODY_AT);
  return message;
}

export const commandMessage = (command: Document): Buffer => messageOf(serialize(command));

export function openSocket(uri: string): Socket {
  const { hostname, port } = new URL(uri.replace(/^mongodb:/, 'http:'));
  return connect(Number(port || 27017), hostname).on('error', () => undefined);
}

/** One connection that sends commands as they stand: a driver would put a session of its own into them. */
export class RawConnection {
  private received = Buffer.alloc(0);
  private readonly waiting: ((answer: Document) => void)[] = [];

  constructor(
    uri: string,
    readonly socket = openSocket(uri),
  ) {
    socket.on('data', (data) => {
      this.received = Buffer.concat([this.received, data]);
      for (;;) {
        const { received } = this;
        if (received.length < 4 || received.length < received.readInt32LE(0)) return;
        this.received = received.subarray(received.readInt32LE(0));
        this.waiting.shift()?.(deserialize(received.subarray(BODY_AT, received.readInt32LE(0)), { useBigInt64: true }));
      }
    });
  }

  send(command: Document): Promise<Document> {
    return this.sendBytes(serialize(command));
  }

  /** A command whose BSON no encoder would write. */
  sendBytes(body: Uint8Array): Promise<Document> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.socket.write(messageOf(body));
    });
  }

  async close(): Promise<void> {
    this.socket.destroy();
    if (!this.socket.closed) await once(this.socket, 'close');
  }
}

/** One command over a connection of its own. */
export async function rawCommand(uri: string, command: Document): Promise<Document> {
  const connection = new RawConnection(uri);
  try {
    return await connection.send(command);
  } finally {
    await connection.close();
  }
}
