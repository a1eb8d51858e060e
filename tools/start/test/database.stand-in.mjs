/** Stands in for the embedded database: listens where it is told, or else in its directory, and says so as the real one does. */
import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';

const option = (name) => process.argv[process.argv.indexOf(name) + 1];
const directory = option('--data');
const port = process.argv.includes('--port') ? Number(option('--port')) : undefined;
mkdirSync(directory, { recursive: true });
const socket = path.resolve(directory, 'mongo.sock');
rmSync(socket, { force: true });
const where = port === undefined ? { path: socket } : { host: option('--host'), port };
const host = port === undefined ? encodeURIComponent(socket) : `${where.host}:${port}`;
createServer().listen(where, () => console.log(`embedded database listening at mongodb://${host}/?replicaSet=rs0`));

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    console.log(`got ${signal}`);
    process.exit(0);
  });
}
