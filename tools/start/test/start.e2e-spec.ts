import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { portVariable, serviceNames } from '../settings.js';
import { type Scripts, start } from '../start.js';
import { Supervisor } from '../supervisor.js';

const standIn = (file: string) => path.join(import.meta.dirname, file);

describe('npm start', () => {
  let folder: string;
  let scripts: Scripts;
  let environment: Record<string, string>;
  let supervisor: Supervisor;
  let output: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'parley-start-'));
    const script = async (name: string) => {
      const file = path.join(folder, `${name}.mjs`);
      await writeFile(file, `import ${JSON.stringify(pathToFileURL(standIn('service.stand-in.mjs')))};\n`);
      return file;
    };
    scripts = {
      database: standIn('database.stand-in.mjs'),
      auth: await script('auth'),
      accounting: await script('accounting'),
      chat: await script('chat'),
    };
  });
  afterAll(() => rm(folder, { recursive: true }));

  beforeEach(async () => {
    output = '';
    supervisor = new Supervisor({ write: (text) => (output += text), graceMs: 300 });
    environment = { DATA_DIR: path.join(folder, 'data') };
    for (const name of serviceNames) environment[portVariable(name)] = String(await freePort());
  });
  afterEach(() => supervisor.stop('SIGTERM', 0));

  const url = (name: 'auth' | 'accounting' | 'chat', route: string) =>
    `http://127.0.0.1:${environment[portVariable(name)]}${route}`;
  const answers = (name: 'auth' | 'accounting' | 'chat') =>
    fetch(url(name, '/health/ready')).then(
      () => true,
      () => false,
    );

  it('says where everything is when all are ready', async () => {
    await start(supervisor, environment, scripts);
    expect(await Promise.all(serviceNames.map(answers))).toEqual([true, true, true]);
    expect(output).toContain('Parley is ready.');
    expect(output).toContain(`http://localhost:${environment.CHAT_PORT}/docs`);
    expect(output).toContain('parley-user1-demo');
    expect(output).toContain('npm run demo -- --auth-url');
    expect(output).toContain(`[chat] info  listening port=${environment.CHAT_PORT}`);
  });

  it('has its database at a socket in the data directory, which it closes to other users', async () => {
    const dataDir = path.join(folder, 'open');
    await mkdir(dataDir);
    await chmod(dataDir, 0o755);
    await start(supervisor, { ...environment, DATA_DIR: dataDir }, scripts);
    const socket = path.join(dataDir, 'db', 'mongo.sock');
    expect(output).toContain(`  database    mongodb://${encodeURIComponent(socket)}/`);
    expect((await stat(socket)).isSocket()).toBe(true);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  });

  it('has its database at a port of loopback when it is given one', async () => {
    const DATABASE_PORT = String(await freePort());
    await start(supervisor, { ...environment, DATABASE_PORT }, scripts);
    expect(output).toContain(`  database    mongodb://127.0.0.1:${DATABASE_PORT}/`);
  });

  it('names no demo users when there are none', async () => {
    await start(supervisor, { ...environment, SEED_DEMO: 'false' }, scripts);
    expect(output).not.toContain('parley-user1-demo');
  });

  it('[attack 112] tells the random passwords of an exposed demo once, and none that everybody knows', async () => {
    await start(supervisor, { ...environment, SEED_DEMO: 'exposed' }, scripts);
    expect(output.match(/random-of-user1/g)).toHaveLength(1);
    expect(output).toContain('user1  user1@example.com  random-of-user1');
    expect(output).toContain('admin  admin@example.com  (as told when it was made)');
    expect(output).not.toMatch(/parley-\w+-demo/);
    expect(output).toContain("DEMO_PASSWORD='of user1' DEMO_ADMIN_PASSWORD='of admin' npm run demo");
  });

  it('[attack 112] starts nothing where others would reach the published passwords', async () => {
    await expect(start(supervisor, { ...environment, HOST: '0.0.0.0' }, scripts)).rejects.toThrow(/SEED_DEMO=exposed/);
    expect(output).toBe('');
  });

  it('starts no database when it is given one, and does not repeat its address', async () => {
    await start(supervisor, { ...environment, MONGODB_URI: 'mongodb://who:secret@db.test/' }, scripts);
    expect(output).not.toContain('[database]');
    expect(output).not.toContain('secret@');
  });

  describe.each(['SIGINT', 'SIGTERM'] as const)('on %s', (signal) => {
    it('passes the signal on, stops the database last, and ends with 0', async () => {
      await start(supervisor, environment, scripts);
      await supervisor.stop(signal, 0);
      expect(await supervisor.finished).toBe(0);
      const stopped = [...output.matchAll(/\[(\w+)\].*got (\w+)/g)].map(([, name, got]) => `${name} ${got}`);
      expect(stopped.slice(0, 3).sort()).toEqual([`accounting ${signal}`, `auth ${signal}`, `chat ${signal}`]);
      expect(stopped.slice(3)).toEqual([`database ${signal}`]);
      expect(output).not.toContain('ended');
    });
  });

  it('kills a service that does not end within the grace time', async () => {
    await start(supervisor, { ...environment, STAND_IN: 'chat ignores signals' }, scripts);
    await supervisor.stop('SIGTERM', 0);
    expect(await supervisor.finished).toBe(0);
    expect(await answers('chat')).toBe(false);
  });

  describe('when a service dies', () => {
    it('says which and how, stops the others, and ends with 1', async () => {
      await start(supervisor, environment, scripts);
      await fetch(url('accounting', '/die')).catch(() => undefined);
      expect(await supervisor.finished).toBe(1);
      expect(output).toContain('[start] accounting ended with code 7; the others are being stopped');
      expect(await Promise.all(serviceNames.map(answers))).toEqual([false, false, false]);
      expect(output).toContain('[database] got SIGTERM');
    });

    it('gives up waiting when that happens before it is ready', async () => {
      const given = { ...environment, STAND_IN: 'auth refuses to start' };
      await expect(start(supervisor, given, scripts)).rejects.toThrow();
      expect(await supervisor.finished).toBe(1);
      expect(output).toContain('[auth] the configuration is not usable');
      expect(output).toContain('[start] auth ended with code 3; the others are being stopped');
      expect(output).not.toContain('Parley is ready.');
    });
  });

  describe('when a port is taken', () => {
    it('says so in one sentence and starts nothing', async () => {
      const other = createServer().listen(Number(environment.CHAT_PORT), '127.0.0.1');
      await once(other, 'listening');
      await expect(start(supervisor, environment, scripts)).rejects.toThrow(
        `Port ${environment.CHAT_PORT} on 127.0.0.1, for chat, is taken by another program; ` +
          'stop that one or set CHAT_PORT to a free port.',
      );
      other.close();
      expect(output).toBe('');
    });

    it('refuses the same port twice', async () => {
      const given = { ...environment, CHAT_PORT: environment.AUTH_PORT! };
      await expect(start(supervisor, given, scripts)).rejects.toThrow(/CHAT_PORT and AUTH_PORT are both \d+\./);
    });
  });
});

/** A port that is free right now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
