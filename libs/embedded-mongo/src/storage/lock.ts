import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Two processes on one directory would not know of each other's transactions, so the second one is refused. */
export function lockDirectory(directory: string): () => void {
  const path = join(directory, 'lock');
  for (let attempt = 0; attempt < 3; attempt++) {
    if (tryLock(path)) return () => rmSync(path, { force: true });
    const owner = readOwner(path);
    if (owner && isAlive(owner)) throw new Error(`the data directory ${directory} is in use by process ${owner.pid}`);
    // Its owner died without cleaning up.
    rmSync(path, { force: true });
  }
  throw new Error(`the data directory ${directory} cannot be locked`);
}

interface Owner {
  pid: number;
  started: string;
}

function tryLock(path: string): boolean {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, `${process.pid} ${startOf(process.pid)}`);
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readOwner(path: string): Owner | undefined {
  try {
    const [pid, started = ''] = readFileSync(path, 'utf8').split(' ');
    return Number(pid) > 0 ? { pid: Number(pid), started } : undefined;
  } catch {
    return undefined;
  }
}

/** A number is soon used again, in a container even by every start, so the time of the process's start must agree as well. */
function isAlive({ pid, started }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(pid) === started;
}

const START_TIME_FIELD = 19;

/** When a process was started, where the system tells it; elsewhere its number alone must do. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TIME_FIELD] ?? '';
  } catch {
    return '';
  }
}
