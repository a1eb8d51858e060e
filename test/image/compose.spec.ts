import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

interface Container {
  image: string;
  read_only?: boolean;
  cap_add?: string[];
  cap_drop?: string[];
  security_opt?: string[];
  mem_limit?: string;
  pids_limit?: number;
  user?: string;
  networks?: string[];
  profiles?: string[];
  volumes?: string[];
  environment?: Record<string, string>;
}
interface Compose {
  services: Record<string, Container>;
  networks: Record<string, { internal?: boolean } | null>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = (file: string) => readFileSync(path.join(root, file), 'utf8');
const { services, networks } = parse(text('docker-compose.yml'), { merge: true }) as Compose;
const inNetwork = (network: string) =>
  Object.keys(services).filter((name) => services[name]!.networks?.includes(network));

/** It gives its directories to its own user and becomes that user by itself. */
const { mongo, ...others } = services;

describe.each(Object.entries(others))('the container %s', (_name, container) => {
  it('has no capabilities, no way to get any, and writes to nothing but its volumes', () => {
    expect(container).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(container.cap_add).toBeUndefined();
  });

  it('has a user that is not root', () => {
    // The image of the services names its user itself.
    const user = container.image === 'parley' ? /^USER (\S+)$/m.exec(text('Dockerfile'))?.[1] : container.user;
    expect(user).toMatch(/^(?:node|[1-9]\d*:[1-9]\d*)$/);
  });
});

describe('the container mongo', () => {
  it('has the capabilities to become its own user, and no way to get others', () => {
    expect(mongo).toMatchObject({
      cap_drop: ['ALL'],
      cap_add: ['CHOWN', 'DAC_OVERRIDE', 'SETGID', 'SETUID'],
      security_opt: ['no-new-privileges:true'],
    });
  });
});

describe.each(Object.entries(services))('the container %s', (_name, container) => {
  it('has limits', () => {
    expect(container.mem_limit).toMatch(/^\d+[mg]$/);
    expect(container.pids_limit).toBeGreaterThan(0);
  });

  it('is of a named version', () => {
    expect(container.image).not.toMatch(/:latest$/);
    expect(['parley', 'mongo:8', 'redis:7', 'axllent/mailpit', 'nginx:1']).toContain(container.image);
  });
});

describe('the networks', () => {
  it('let the services and nobody else reach MongoDB, and MongoDB nobody outside', () => {
    expect(inNetwork('database').sort()).toEqual(['accounting', 'auth', 'chat', 'mongo', 'mongo-replica-set']);
    expect(networks.database).toEqual({ internal: true });
    expect([services.mongo!.networks, services.edge!.networks]).toEqual([['database'], ['outer']]);
  });

  it('have a place for redis, which nobody asks and which starts by its profile alone', () => {
    expect(services.redis!.profiles).toEqual(['redis']);
    expect(inNetwork('redis')).toEqual(['redis']);
  });

  it('let auth and nobody else reach the mail catcher', () => {
    expect(inNetwork('mail').sort()).toEqual(['auth', 'mail']);
    expect(services.auth!.environment).toMatchObject({ MAIL_MODE: 'smtp', SMTP_URL: '${SMTP_URL:-smtp://mail:1025}' });
  });
});

describe('the secrets', () => {
  const known = ['AUTH_KEK', 'SERVICE_SECRET_ACCOUNTING', 'SERVICE_SECRET_CHAT'];
  const secretsOf = {
    auth: known,
    accounting: ['SERVICE_SECRET_ACCOUNTING'],
    chat: ['SERVICE_SECRET_CHAT'],
  };
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'parley-secrets-'));
    for (const name of Object.keys(secretsOf)) mkdirSync(path.join(directory, name));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const make = (environment: Record<string, string> = {}) => {
    const script = text('docker/make-secrets.sh').replaceAll('/secrets/', `${directory}/`);
    const env = { PATH: process.env.PATH, ...environment };
    expect(spawnSync('sh', ['-c', script], { encoding: 'utf8', env })).toMatchObject({ status: 0, stderr: '' });
  };
  const read = (service: string, name: string) => readFileSync(path.join(directory, service, name), 'utf8');

  it.each(Object.entries(secretsOf))('of %s are all that it is given and can mount', (name, expected) => {
    const { environment = {}, volumes } = services[name]!;
    expect(known.filter((secret) => secret in environment)).toEqual(expected);
    make();
    expect(readdirSync(path.join(directory, name)).sort()).toEqual(expected);
    expect(volumes).toHaveLength(1);
    const [volume] = volumes![0]!.split(':') as [string];
    expect(services.secrets!.volumes).toContain(`${volume}:/secrets/${name}`);
  });

  it('are for their owner alone, the same for both ends, and stay', () => {
    writeFileSync(path.join(directory, 'auth', 'AUTH_KEK'), 'of an earlier start\n');
    make();
    const before = known.map((name) => read('auth', name));
    expect(new Set(before).size).toBe(known.length);
    expect(read('auth', 'AUTH_KEK')).toBe('of an earlier start\n');
    make();
    expect(known.map((name) => read('auth', name))).toEqual(before);
    expect(read('chat', 'SERVICE_SECRET_CHAT')).toBe(read('auth', 'SERVICE_SECRET_CHAT'));
    expect(read('accounting', 'SERVICE_SECRET_ACCOUNTING')).toBe(read('auth', 'SERVICE_SECRET_ACCOUNTING'));
    expect(statSync(path.join(directory, 'chat', 'SERVICE_SECRET_CHAT')).mode & 0o777).toBe(0o600);
  });

  it('are not made in production', () => {
    make({ NODE_ENV: 'production' });
    expect(readdirSync(path.join(directory, 'auth'))).toEqual([]);
  });
});

describe('the entry of a service', () => {
  const uriFor = (environment: Record<string, string>) => {
    const script = path.join(root, 'docker/entrypoint.sh');
    const env = { PATH: process.env.PATH, MONGODB_URI: 'mongodb://common', NODE_ENV: 'production', ...environment };
    return spawnSync('sh', [script, 'printenv', 'MONGODB_URI'], { encoding: 'utf8', env }).stdout.trim();
  };

  it('takes the connection string of the service alone before the common one', () => {
    expect(uriFor({ OWN_MONGODB_URI: 'mongodb://own' })).toBe('mongodb://own');
    expect([uriFor({ OWN_MONGODB_URI: '' }), uriFor({})]).toEqual(['mongodb://common', 'mongodb://common']);
    for (const name of ['auth', 'accounting', 'chat'])
      expect(services[name]!.environment!.OWN_MONGODB_URI).toBe(`\${${name.toUpperCase()}_MONGODB_URI:-}`);
  });
});
