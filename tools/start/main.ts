import { StartRefused } from './settings.js';
import { start } from './start.js';
import { Supervisor } from './supervisor.js';

const supervisor = new Supervisor({ write: (text) => void process.stdout.write(text) });

// Ctrl-C ends a `tee` behind the pipe first; failing to write to it must not leave the children running.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
// A second Ctrl-C changes nothing: npm passes on the signal that the terminal has sent already.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void supervisor.stop(signal, 0));
}

try {
  await start(supervisor, process.env);
} catch (error) {
  // What fails because the programs are being stopped has already been explained.
  if (!supervisor.stopping.aborted) {
    const reason = error instanceof StartRefused ? error.message : (error as Error).stack;
    process.stderr.write(`npm start: ${reason}\n`);
    await supervisor.stop('SIGTERM', 1);
  }
}

process.exit(await supervisor.finished);
