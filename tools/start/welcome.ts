import type { DemoPasswords } from './demo-passwords.js';
import { type ServiceName, serviceNames, serviceUrl, type StartSettings } from './settings.js';

/** The demo users that auth creates when SEED_DEMO is set. */
const demoUsers = [
  ['user1', 'user1@example.com', 'a user, without credits until the administrator gives some'],
  ['user2', 'user2@example.com', 'a second user, without credits'],
  ['admin', 'admin@example.com', 'the platform administrator'],
] as const;

/** What to look at and what to try next, printed once when everything is ready. */
export function welcome(settings: StartSettings, database: string, passwords: DemoPasswords): string {
  const services = serviceNames.map((name) => {
    const url = shownUrl(settings, name);
    return `  ${name.padEnd(11)} ${url}   pages about its API: ${url}/docs`;
  });
  return [
    '',
    'Parley is ready.',
    '',
    ...services,
    `  database    ${database}`,
    '',
    ...(settings.demo === 'off' ? [] : [...demoPart(settings, passwords), '', ...tryNext(settings, passwords), '']),
    'Ctrl-C stops everything; the next start finds the same data.',
    '',
  ].join('\n');
}

function demoPart({ demo }: StartSettings, passwords: DemoPasswords): string[] {
  const users = demoUsers.map(
    ([name, email, role]) => `  ${name}  ${email}  ${passwords.of(name) ?? '(as told when it was made)'}  ${role}`,
  );
  const isNew = demo === 'exposed' && demoUsers.some(([name]) => passwords.of(name));
  const once = isNew ? ['Random passwords are told this once: keep them.'] : [];
  return ['Demo users (name, e-mail, password):', ...users, ...once];
}

function tryNext(settings: StartSettings, passwords: DemoPasswords): string[] {
  const addresses = serviceNames.map((name) => ` --${name}-url ${shownUrl(settings, name)}`).join('');
  const isElsewhere = serviceNames.some((name, index) => settings.ports[name] !== 3000 + index);
  const given = settings.demo === 'exposed' ? "DEMO_PASSWORD='of user1' DEMO_ADMIN_PASSWORD='of admin' " : '';
  const password = settings.demo === 'exposed' ? 'of user1' : passwords.of('user1');
  return [
    'Try next, in another terminal:',
    `  ${given}npm run demo${isElsewhere ? ` --${addresses}` : ''}`,
    `  curl -s ${shownUrl(settings, 'auth')}/auth/login -H 'content-type: application/json' \\`,
    `    -d '{"username":"user1","password":"${password}"}'`,
  ];
}

/** With `localhost`, as people type it and as CORS_ORIGINS allows it in development. */
const shownUrl = (settings: StartSettings, name: ServiceName): string =>
  serviceUrl(settings, name).replace('//127.0.0.1:', '//localhost:');
