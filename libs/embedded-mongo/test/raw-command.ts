import { deserialize, serialize, type Document } from 'bson';
import { connect } from 'node:net';

const OP_MSG = 2013;

/** Sends one command as it stands: a driver would put a session of its own into it. */
export function rawCommand(uri: string, command: Document): Promise<Document> {
  const { hostname, port } = new URL(uri.replace(/^mongodb:/, 'http:'));
  const body = serialize(command);
  const message = Buffer.alloc(21 + body.length);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(OP_MSG, 12);
  message.set(body, 21);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port || 27017), hostname);
    let received = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      if (received.length < 4 || received.length < received.readInt32LE(0)) return;
      socket.destroy();
      resolve(deserialize(received.subarray(21)));
    });
    socket.write(message);
  });
}
