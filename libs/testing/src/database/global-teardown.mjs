import { once } from 'node:events';
import { rmSync } from 'node:fs';

/** Stops what the set-up started, and removes its directories. */
export default async function tearDown() {
  const database = globalThis.parleyTestDatabase;
  if (!database) return;
  const { child, directories } = database;
  if (child?.exitCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
}
