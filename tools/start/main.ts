import { StartRefused } from './settings.js';
import { start } from './start.js';
import { Supervisor } from './supervisor.js';

const supervisor = new Supervisor({ write: (text) => void process.stdout.write(text) });

// At Ctrl-C a `tee` behind the pipe is gone first; what cannot be written then must not leave the children alone.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
// A second Ctrl-C changes nothing: npm passes on the signal that the terminal has sent already.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void supervisor.stop(signal, 0));
}

try {
  await start(supervisor, process.env);
} catch (error) {
  // Whatever fails because the stopping has begun was told by what began it.
  if (!supervisor.stopping.aborted) {
    const reason = error instanceof StartRefused ? error.message : (error as Error).stack;
    process.stderr.write(`npm start: ${reason}\n`);
    await supervisor.stop('SIGTERM', 1);
  }
}

process.exit(await supervisor.finished);
