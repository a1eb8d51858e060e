/** Stands in for the embedded database: takes a free port and prints its address as the real one does. */
import { createServer } from 'node:net';

const server = createServer().listen(Number(process.argv[process.argv.indexOf('--port') + 1]), '127.0.0.1', () =>
  console.log(`embedded database listening at mongodb://127.0.0.1:${server.address().port}/?replicaSet=rs0`),
);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    console.log(`got ${signal}`);
    process.exit(0);
  });
}
