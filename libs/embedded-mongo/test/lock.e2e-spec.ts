import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { lockDirectory } from '../src/storage/lock.js';
import { FreshServers } from './fresh-server.js';

const servers = new FreshServers();
afterEach(() => servers.cleanUp());

const DEAD = `${process.pid} 1`;

/** A directory whose last owner died with the lock in its hands. */
function abandoned(): string {
  const directory = servers.directory();
  mkdirSync(join(directory, 'lock.3'));
  writeFileSync(join(directory, 'lock.3', 'owner'), DEAD);
  return directory;
}

describe('the lock of a directory', () => {
  it('is held until it is given free', () => {
    const directory = servers.directory();
    const unlock = lockDirectory(directory);
    expect(() => lockDirectory(directory)).toThrow(/is in use by process/);
    unlock();
    lockDirectory(directory)();
    expect(() => lockDirectory(directory)()).not.toThrow();
    expect(readdirSync(directory)).toHaveLength(1);
  });

  it('of a dead process is taken over, even under the same number', () => {
    const directory = abandoned();
    const unlock = lockDirectory(directory);
    expect(readdirSync(directory)).toEqual(['lock.4']);
    unlock();
  });

  it('is the highest one, whatever a process that came too late left behind', () => {
    const directory = abandoned();
    lockDirectory(directory);
    mkdirSync(join(directory, 'lock.2'));
    writeFileSync(join(directory, 'lock.2', 'owner'), DEAD);
    expect(() => lockDirectory(directory)).toThrow(/is in use by process/);
  });

  it("without an owner in it is nobody's", () => {
    const directory = abandoned();
    writeFileSync(join(directory, 'lock.3', 'owner'), '');
    expect(() => lockDirectory(directory)).not.toThrow();
  });
});

const RACERS = 5;
const ROUNDS = 60;

/** Tries to lock each directory that it is told and answers whether it has it, until it is told the next one. */
const RACER = `
  const { lockDirectory } = await import(process.argv[1]);
  let unlock = () => undefined;
  console.log('ready');
  for await (const directory of (await import('node:readline')).createInterface({ input: process.stdin })) {
    unlock();
    try { unlock = lockDirectory(directory); console.log('has it'); }
    catch (error) { unlock = () => undefined; console.log(error.message); }
  }
`;

function racer() {
  const lock = join(process.env.PARLEY_TEST_BUILD!, 'libs/embedded-mongo/src/storage/lock.js');
  const child = spawn(process.execPath, ['--input-type=module', '-e', RACER, lock], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  servers.later(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    tell: (line: string) => child.stdin.write(`${line}\n`),
    answer: async () => (await lines.next()).value as string,
  };
}

describe('processes that start at the same instant', () => {
  it('never get one directory together, whether its last owner died or not', async () => {
    const racers = Array.from({ length: RACERS }, racer);
    for (const one of racers) expect(await one.answer()).toBe('ready');
    for (let round = 0; round < ROUNDS; round++) {
      const directory = round % 3 === 0 ? servers.directory() : abandoned();
      for (const one of racers) one.tell(directory);
      const answers = await Promise.all(racers.map((one) => one.answer()));
      expect(answers.filter((answer) => answer === 'has it')).toHaveLength(1);
      for (const answer of answers) expect(answer).toMatch(/^has it$|is in use by process/);
    }
  });
});
