import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { StartRefused } from './settings.js';

export const secretNames = ['AUTH_KEK', 'SERVICE_SECRET_CHAT', 'SERVICE_SECRET_ACCOUNTING'] as const;
export type Secrets = Record<(typeof secretNames)[number], string>;

/**
 * The secrets of this data directory, made once. They belong to the data: stored signing keys are encrypted with AUTH_KEK, so
 * a file that cannot be read is an error and is never replaced.
 */
export async function loadSecrets(dataDir: string): Promise<Secrets> {
  const file = path.join(dataDir, 'secrets.json');
  const kept = await readSecrets(file);
  const secrets = Object.fromEntries(
    secretNames.map((name) => [name, kept[name] ?? randomBytes(32).toString('base64url')]),
  ) as Secrets;
  if (secretNames.some((name) => kept[name] === undefined)) await writeSecrets(file, { ...kept, ...secrets });
  else await chmod(file, 0o600);
  return secrets;
}

async function readSecrets(file: string): Promise<Partial<Secrets>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Partial<Secrets>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new StartRefused(
      `${file} cannot be read as JSON. Restore it, or remove the whole directory to start with no data.`,
    );
  }
}

/** Written to another file and renamed, so that a crash leaves either no file or a complete one. */
async function writeSecrets(file: string, secrets: Partial<Secrets>): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
}
