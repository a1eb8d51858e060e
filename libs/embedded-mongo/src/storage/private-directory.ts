import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ALL_OF_OWNER = 0o700;
const READ_AND_WRITE_OF_OWNER = 0o600;
const SHARED_BY_ALL = 0o1000;

/**
 * Makes a directory that only this user can enter, and closes an existing one to everybody else. On Windows the permissions of
 * the directory above are inherited and nothing is changed.
 *
 * @throws when it is not this user's own, for then somebody else could open it again
 */
export function makePrivate(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: ALL_OF_OWNER });
  if (process.platform === 'win32') return;
  const { uid, mode } = statSync(directory);
  if (uid !== process.getuid!() || mode & SHARED_BY_ALL)
    throw new Error(`the data directory ${directory} is not this user's own; choose another one`);
  chmodSync(directory, ALL_OF_OWNER);
}

/** The files right in a directory get the mode that they would have had in a private one from the beginning. */
export function closeFiles(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true }))
    if (entry.isFile()) chmodSync(join(directory, entry.name), READ_AND_WRITE_OF_OWNER);
}
