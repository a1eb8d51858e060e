import { parseArgs } from 'node:util';
import { startEmbeddedMongo } from './index.js';
import { consoleLog } from './log.js';

/**
 * The command: `npm run db -- --host H --port P --data DIR`. Tests add `--fail-points` (allows configureFailPoint) and
 * `--until-stdin-ends`.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '27017' },
      data: { type: 'string', default: '.data/db' },
      'fail-points': { type: 'boolean', default: false },
      'until-stdin-ends': { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${values.port} is not a port`);
  const database = await startEmbeddedMongo({
    host: values.host,
    port,
    dataDir: values.data,
    log: consoleLog,
    failPoints: values['fail-points'],
  });
  const stop = () => void database.stop().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // A database of a test run goes with it, even when the run is killed.
  if (values['until-stdin-ends']) process.stdin.on('close', stop).resume();
  process.stdout.write(`embedded database listening at ${database.uri}\n`);
}

function explain(error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE') return 'the port is taken by another program; choose another one with --port';
  if (error.code === 'EACCES') return `no permission: ${error.message}`;
  return error.message;
}

main().catch((error: NodeJS.ErrnoException) => {
  process.stderr.write(`the embedded database cannot start: ${explain(error)}\n`);
  process.exit(1);
});
