import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LOCK = /^lock\.(\d+)$/;
const FREE = 'free';
let tries = 0;

/**
 * Two processes on one directory would not know of each other's transactions, so the second one is refused.
 *
 * A lock is a folder `lock.<n>` that says whose it is, and the highest one counts. A dead owner's lock is never removed or changed
 * but followed by the next number. A folder comes into being under its name with its contents in one step, which fails where there
 * is one already, so each number is given once. Lower ones are removed only while there is a higher one; who took a number that
 * was free for that reason sees the higher one afterwards and gives way.
 *
 * @returns what gives the directory free
 * @throws when a living process has the directory
 */
export function lockDirectory(directory: string): () => void {
  for (;;) {
    const highest = Math.max(0, ...numbersIn(directory));
    if (highest > 0) refuseLiving(directory, highest);
    const own = highest + 1;
    if (!take(directory, own) || Math.max(...numbersIn(directory)) > own) continue;
    for (const number of numbersIn(directory)) if (number < own) remove(pathOf(directory, number));
    return () => replaceOwner(pathOf(directory, own));
  }
}

const pathOf = (directory: string, number: number) => join(directory, `lock.${number}`);
const remove = (path: string) => rmSync(path, { recursive: true, force: true });

const numbersIn = (directory: string): number[] =>
  readdirSync(directory).flatMap((name) => Number(LOCK.exec(name)?.[1] ?? []));

function refuseLiving(directory: string, number: number): void {
  const path = pathOf(directory, number);
  const [pid, ...started] = ownerIn(path).split(' ');
  if (pid !== FREE && isAlive(Number(pid), started.join(' ')))
    throw new Error(
      `the data directory ${directory} is in use by process ${pid}; if that is another program, remove ${path}`,
    );
}

/** Whose it is; nobody's when it was removed meanwhile, for then there is a higher one. */
function ownerIn(path: string): string {
  try {
    return readFileSync(join(path, 'owner'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return FREE;
    throw error;
  }
}

/** Whether the number was free. */
function take(directory: string, number: number): boolean {
  const prepared = join(directory, `locking.${process.pid}.${++tries}`);
  mkdirSync(prepared);
  writeFileSync(join(prepared, 'owner'), `${process.pid} ${startOf(process.pid)}`);
  try {
    renameSync(prepared, pathOf(directory, number));
    return true;
  } catch (error) {
    remove(prepared);
    if (numbersIn(directory).some((taken) => taken >= number)) return false;
    throw error;
  }
}

/** The folder stays, so that its number is not given again. */
function replaceOwner(path: string): void {
  writeFileSync(join(path, 'next'), FREE);
  renameSync(join(path, 'next'), join(path, 'owner'));
}

/** A number is soon used again, in a container even by every start, so the time of the process's start must agree as well. */
function isAlive(pid: number, started: string): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(pid) === started;
}

const START_TIME_FIELD = 19;

/** When a process was started, where the system tells it; on Windows its number alone must do. */
function startOf(pid: number): string {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TIME_FIELD] ?? '';
    }
    if (process.platform === 'win32') return '';
    const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env }).trim();
  } catch {
    return '';
  }
}
