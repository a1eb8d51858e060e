import { mkdtemp, readdir, readFile, rm, stat, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadSecrets, secretNames } from './secrets.js';

describe('loadSecrets', () => {
  let parent: string;
  let dataDir: string;
  let file: string;

  beforeEach(async () => {
    parent = await mkdtemp(path.join(tmpdir(), 'parley-secrets-'));
    dataDir = path.join(parent, 'data');
    file = path.join(dataDir, 'secrets.json');
  });
  afterEach(() => rm(parent, { recursive: true }));

  const mode = async () => (await stat(file)).mode & 0o777;

  it('makes 32 random bytes for each name, in a file that only its owner reads', async () => {
    const secrets = await loadSecrets(dataDir);
    expect(Object.keys(secrets)).toEqual([...secretNames]);
    for (const secret of Object.values(secrets)) expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(new Set(Object.values(secrets)).size).toBe(secretNames.length);
    expect(await mode()).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['secrets.json']);
  });

  it('gives the same ones the next time', async () => {
    const first = await loadSecrets(dataDir);
    expect(await loadSecrets(dataDir)).toEqual(first);
  });

  it('closes a file that others could read', async () => {
    await loadSecrets(dataDir);
    await chmod(file, 0o644);
    await loadSecrets(dataDir);
    expect(await mode()).toBe(0o600);
  });

  it('adds a missing one and keeps the others', async () => {
    const { AUTH_KEK } = await loadSecrets(dataDir);
    await writeFile(file, JSON.stringify({ AUTH_KEK }));
    const secrets = await loadSecrets(dataDir);
    expect(secrets.AUTH_KEK).toBe(AUTH_KEK);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(secrets);
  });

  it('never replaces a file that it cannot read', async () => {
    await loadSecrets(dataDir);
    await writeFile(file, '{"AUTH_KEK":');
    await expect(loadSecrets(dataDir)).rejects.toThrow('cannot be read as JSON');
    expect(await readFile(file, 'utf8')).toBe('{"AUTH_KEK":');
  });
});
