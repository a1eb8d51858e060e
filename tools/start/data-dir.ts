import { chmod, mkdir, stat } from 'node:fs/promises';
import { StartRefused } from './settings.js';

const allOfOwner = 0o700;
const sharedByAll = 0o1000;

/** Makes the data directory, or closes an existing one to everybody but this user: the secrets and the database are in it. */
export async function openDataDir(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: allOfOwner });
  if (process.platform === 'win32') return;
  const { uid, mode } = await stat(directory);
  if (uid !== process.getuid!() || mode & sharedByAll) {
    throw new StartRefused(`${directory} is not this user's own; set DATA_DIR to a directory for Parley alone.`);
  }
  await chmod(directory, allOfOwner);
}
