import { parseArgs } from 'node:util';
import { startEmbeddedMongo } from './index.js';
import { consoleLog } from './log.js';

const DEFAULT_PORT = 27_017;

/**
 * The command: `npm run db -- --data DIR [--host H] [--port P]`; with a host or a port it listens there, else at a socket in
 * its directory. Tests add `--fail-points` (allows configureFailPoint) and `--until-stdin-ends`.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      host: { type: 'string' },
      port: { type: 'string' },
      data: { type: 'string', default: '.data/db' },
      'fail-points': { type: 'boolean', default: false },
      'until-stdin-ends': { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${values.port} is not a port`);
  const onTcp = values.host !== undefined || values.port !== undefined;
  // Nothing that this process makes is for other users.
  process.umask(0o077);
  const database = await startEmbeddedMongo({
    ...(onTcp ? { host: values.host ?? '127.0.0.1', port } : { socket: true }),
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
  if (error.code === 'EADDRINUSE')
    return 'the port is taken by another program; choose another one (--port; DATABASE_PORT for npm start)';
  if (error.code === 'EACCES') return `no permission: ${error.message}`;
  return error.message;
}

main().catch((error: NodeJS.ErrnoException) => {
  process.stderr.write(`the embedded database cannot start: ${explain(error)}\n`);
  process.exit(1);
});
