import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Starts a program of the build and waits for the line that says where it listens. */
export async function startProcess(script, { args = [], env = {}, ready }) {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, ...env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const found = await Promise.race([
    new Promise((resolve) =>
      createInterface({ input: child.stdout }).on('line', (line) => {
        const match = ready.exec(line)?.[0];
        if (match) resolve(match);
      }),
    ),
    ended.then(([code]) => Promise.reject(new Error(`${script} ended with ${code}`))),
  ]);
  ended.catch(() => undefined);
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { found, stop };
}
