import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { readAuthConfig } from '../src/config.js';

const file = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const compose = readFileSync(file('docker-compose.yml'), 'utf8');

/** A value as docker-compose fills it in: `${NAME:-default}` is the one form that 1.29 and v2 both read. */
const fillIn = (text: string, given: Record<string, string>) =>
  text.replaceAll(/\$\{(\w+):-([^}]*)\}/g, (_all, name: string, word: string) => given[name] || word);
/** What the variable is for auth, which stands after the common environment. */
const forAuth = (name: string, given: Record<string, string>) => {
  const [, common, auth] = /(&environment\n[^]*?)\nservices:[^]*\n {2}auth:\n([^]*?)\n {2}accounting:/.exec(compose)!;
  const line = [...`${common}\n${auth}`.matchAll(new RegExp(`^ +${name}: (.*)$`, 'gm'))].at(-1)![1]!;
  return fillIn(line, given);
};
const configOfAuth = (given: Record<string, string>) => {
  const names = ['SEED_DEMO', 'PUBLISHED_HOST'];
  const secret = (letter: string) => `${letter}f3c88c57a1e9b1e09d4cbb1bc1f7d4e7`;
  return readAuthConfig({
    // As the image has it.
    HOST: '0.0.0.0',
    MONGODB_URI: 'mongodb://mongo',
    AUTH_KEK: secret('a'),
    SERVICE_SECRET_CHAT: secret('b'),
    SERVICE_SECRET_ACCOUNTING: secret('c'),
    ...Object.fromEntries(names.map((name) => [name, forAuth(name, given)])),
  });
};

describe('docker-compose', () => {
  it('[attack 112] is a demonstration of this machine without a .env', () => {
    expect(configOfAuth({}).demo).toBe('published');
  });

  it.each<Record<string, string>>([{ PUBLISHED_HOST: '0.0.0.0' }, { PUBLISHED_HOST: '203.0.113.7' }])(
    '[attack 112] is none with %j, unless it is exposed',
    (given) => {
      expect(() => configOfAuth(given)).toThrow(/SEED_DEMO/);
      expect(configOfAuth({ ...given, SEED_DEMO: 'exposed' }).demo).toBe('exposed');
      expect(configOfAuth({ ...given, SEED_DEMO: 'false' }).demo).toBe('off');
    },
  );

  it('[attack 112] publishes on the address that auth is told, and on no other than this machine', () => {
    const ports = [...compose.matchAll(/^ {6}- '(.*):\d+:\d+'$/gm)].map(([, host]) => host!);
    expect(ports.map((host) => fillIn(host, { PUBLISHED_HOST: 'elsewhere' })).sort()).toEqual([
      '127.0.0.1',
      'elsewhere',
    ]);
    expect(ports.map((host) => fillIn(host, {}))).toEqual(['127.0.0.1', '127.0.0.1']);
    expect(forAuth('PUBLISHED_HOST', {})).toBe('127.0.0.1');
  });

  it("[attack 112] tells chat, which has a provider's key, where the demonstration is published", () => {
    const chat = /\n {2}chat:\n([^]*?)\n {2}#/.exec(compose)![1]!;
    const common = /&environment\n([^]*?)\nservices:/.exec(compose)![1]!;
    expect(chat).toContain('OPENAI_API_KEY: ${OPENAI_API_KEY:-}');
    expect(common).toContain('PUBLISHED_HOST: ${PUBLISHED_HOST:-127.0.0.1}');
    expect(compose.match(/^ +OPENAI_API_KEY:/gm)).toHaveLength(1);
  });

  it('has no form of a variable that docker-compose 1.29 cannot read', () => {
    expect(compose.match(/\$\{\w+:?[^-\w}:][^}]*\}/g)).toBeNull();
  });
});
