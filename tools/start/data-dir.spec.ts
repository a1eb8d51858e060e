import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openDataDir } from './data-dir.js';

describe('openDataDir', () => {
  let parent: string;
  let dataDir: string;

  beforeEach(async () => {
    parent = await mkdtemp(path.join(tmpdir(), 'parley-data-'));
    dataDir = path.join(parent, 'data');
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await rm(parent, { recursive: true });
  });

  const mode = async () => (await stat(dataDir)).mode & 0o7777;

  it('makes one that only this user enters', async () => {
    await openDataDir(dataDir);
    expect(await mode()).toBe(0o700);
  });

  it.each([0o755, 0o777, 0o500])('gives an existing one with mode %o the mode of a new one', async (before) => {
    await mkdir(dataDir);
    await chmod(dataDir, before);
    await openDataDir(dataDir);
    expect(await mode()).toBe(0o700);
  });

  it('refuses one that all share, and leaves it as it is', async () => {
    await mkdir(dataDir);
    await chmod(dataDir, 0o1777);
    await expect(openDataDir(dataDir)).rejects.toThrow(
      `${dataDir} is not this user's own; set DATA_DIR to a directory for Parley alone.`,
    );
    expect(await mode()).toBe(0o1777);
  });

  it("refuses somebody else's", async () => {
    await mkdir(dataDir);
    await chmod(dataDir, 0o755);
    jest.spyOn(process, 'getuid').mockReturnValue((await stat(dataDir)).uid + 1);
    await expect(openDataDir(dataDir)).rejects.toThrow(/is not this user's own/);
    expect(await mode()).toBe(0o755);
  });
});
