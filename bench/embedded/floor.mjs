// NOT a database: it reads each command, stores nothing and sends a canned answer. What the driver reaches against it is the most
// that it could reach against any server in Node, and the database is measured against that.
import { Buffer } from 'node:buffer';
import { createServer } from 'node:net';
import { deserialize, serialize } from 'bson';

const OP_MSG = 2013;
const OP_QUERY = 2004;
const document = { _id: 1, user: 'user-000001', n: 1, text: 'x'.repeat(60) };

const hello = {
  helloOk: true,
  isWritablePrimary: true,
  ismaster: true,
  setName: 'rs0',
  hosts: [],
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  localTime: new Date(0),
  logicalSessionTimeoutMinutes: 30,
  connectionId: 1,
  minWireVersion: 0,
  maxWireVersion: 25,
  readOnly: false,
  ok: 1,
};

const answers = {
  find: { cursor: { firstBatch: [document], id: 0n, ns: 'bench.documents' }, ok: 1 },
  insert: { n: 1, ok: 1 },
  update: { n: 1, nModified: 1, ok: 1 },
  findAndModify: { lastErrorObject: { n: 1, updatedExisting: true }, value: document, ok: 1 },
};

function answer(command) {
  const [name] = Object.keys(command);
  return name === 'hello' || name === 'ismaster' || name === 'isMaster' ? hello : (answers[name] ?? { ok: 1 });
}

/** The first section of a message; what may follow it are the documents of a write. */
const bodyOf = (message) => message.subarray(21, 21 + message.readInt32LE(21));

function replyTo(message) {
  const isMessage = message.readInt32LE(12) === OP_MSG;
  const body = serialize(isMessage ? answer(deserialize(bodyOf(message))) : hello);
  const at = isMessage ? 21 : 36;
  const reply = Buffer.alloc(at + body.length);
  reply.writeInt32LE(reply.length, 0);
  reply.writeInt32LE(message.readInt32LE(4), 8);
  reply.writeInt32LE(isMessage ? OP_MSG : 1, 12);
  if (!isMessage) reply.writeInt32LE(1, 32);
  reply.set(body, at);
  return reply;
}

function serve(socket) {
  let received = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    received = received.length > 0 ? Buffer.concat([received, data]) : data;
    while (received.length >= 16 && received.length >= received.readInt32LE(0)) {
      const message = received.subarray(0, received.readInt32LE(0));
      received = received.subarray(message.length);
      if ([OP_MSG, OP_QUERY].includes(message.readInt32LE(12))) socket.write(replyTo(message));
    }
  });
}

const server = createServer({ noDelay: true }, serve);
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit(0));
