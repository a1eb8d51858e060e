/** Stands in for the embedded database: prints its address as the real one does. */
import { createServer } from 'node:net';

const port = process.argv[process.argv.indexOf('--port') + 1];
createServer().listen(Number(port), '127.0.0.1', () => console.log(`listening on mongodb://127.0.0.1:${port}/`));

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    console.log(`got ${signal}`);
    process.exit(0);
  });
}
