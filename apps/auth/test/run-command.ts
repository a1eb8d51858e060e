import { spawn } from 'node:child_process';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { productBuild, type testDatabases } from '@parley/testing';
import { type Command, endOf } from '../src/commands/command.js';
import { keyEncryptionSecret, serviceSecrets } from './running-auth.js';

export interface CommandEnd {
  code: number | null;
  stdout: string;
  stderr: string;
}

export type Databases = ReturnType<typeof testDatabases>;

/** What the commands read: the same as the service. */
export const environmentOf = ({ uri, prefix }: Databases): Record<string, string> => ({
  NODE_ENV: 'production',
  MONGODB_URI: uri,
  DATABASE_PREFIX: prefix,
  AUTH_KEK: keyEncryptionSecret.replace(/e+$/, 'f1a9'.repeat(4)),
  SERVICE_SECRET_CHAT: serviceSecrets.chat,
  SERVICE_SECRET_ACCOUNTING: serviceSecrets.accounting,
  CORS_ORIGINS: 'https://chat.example.com',
  MAIL_MODE: 'smtp',
  SMTP_URL: 'smtp://127.0.0.1:1',
  PUBLIC_WEB_URL: 'https://chat.example.com',
});

/** Runs a command of auth as the process that an operator starts. */
export async function runCommand(
  name: string,
  args: readonly string[],
  environment: Record<string, string>,
  input = '',
): Promise<CommandEnd> {
  const entry = path.join(productBuild(), 'apps/auth/src/commands', `${name}.js`);
  const child = spawn(process.execPath, [entry, ...args], { env: { PATH: process.env.PATH, ...environment } });
  child.stdin.on('error', () => undefined).end(input);
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr };
}

/** The same without the process, which takes seconds to load what it needs. */
export async function callCommand(
  command: Command,
  args: readonly string[],
  env: Record<string, string>,
  input = '',
): Promise<CommandEnd> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await endOf(command, { args, env, stdin: Readable.from([Buffer.from(input)]), stdout, stderr });
  const [said, complained] = await Promise.all([text(stdout.end()), text(stderr.end())]);
  return { code, stdout: said, stderr: complained };
}
